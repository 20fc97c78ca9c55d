package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errNotRunning says that no `pergola dev` runs on a data directory, as far as one can see there.
var errNotRunning = errors.New("no \"pergola dev\" runs")

// runningFile is where a run of `pergola dev` says how to reach it, for as long as it answers.
func runningFile(data string) string { return filepath.Join(data, "running.json") }

// remember writes it, for its owner alone: it holds keys.
func (d *devRun) remember(r readiness) error {
	text, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(runningFile(d.data), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("noting where the API is: %w", err)
	}
	return nil
}

// forget takes the note away. One that stays behind after a kill names an address that nobody answers on.
func (d *devRun) forget() { _ = os.Remove(runningFile(d.data)) }

// readRunning reads the note; errNotRunning when there is none.
func readRunning(data string) (readiness, error) {
	text, err := os.ReadFile(runningFile(data))
	if errors.Is(err, os.ErrNotExist) {
		return readiness{}, fmt.Errorf("%w in %s", errNotRunning, filepath.Clean(data))
	}
	var r readiness
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return readiness{}, fmt.Errorf("reading where \"pergola dev\" runs: %w", err)
	}
	return r, nil
}
