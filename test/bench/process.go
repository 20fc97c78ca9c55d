package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that the benchmark started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// start runs a program with nothing but env for an environment. What it says goes to our own standard error.
func start(env []string, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is ours to pass on
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it is stopped by a signal, which is an error to Wait
		close(p.done)
	}()
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// userHZ is the unit of CPU times in /proc: a hundredth of a second on every Linux.
const userHZ = 100

// cpu is the processor time that a process has used; 0 where the system does not tell.
func cpu(pid int) time.Duration {
	used, _ := readStat(pid)
	return used
}

// readStat reads a process's CPU time and its parent from /proc (proc(5)). The fields are counted behind the name, which
// may hold spaces.
func readStat(pid int) (used time.Duration, parent int) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const parentField, userField, systemField = 1, 11, 12
	if len(fields) <= systemField {
		return 0, 0
	}
	parent, _ = strconv.Atoi(fields[parentField])
	user, _ := strconv.Atoi(fields[userField])
	system, _ := strconv.Atoi(fields[systemField])
	return time.Duration(user+system) * time.Second / userHZ, parent
}

// familyCPU is the processor time of the living children of a process: the sessions of a database server.
func familyCPU(pid int) time.Duration {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	var sum time.Duration
	for _, e := range entries {
		child, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if used, parent := readStat(child); parent == pid {
			sum += used
		}
	}
	return sum
}

// peakMemory is the most physical memory that a process has had, in MiB; 0 where the system does not tell.
func peakMemory(pid int) float64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(value)[0])
			return float64(kib) / 1024
		}
	}
	return 0
}
