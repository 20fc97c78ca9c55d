//go:build !linux

package localpg

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// endWithUs does nothing: this system has no such tie. The next start finds the server and stops it.
func endWithUs(*syscall.SysProcAttr) {}

// serves says whether the process is a server on the data directory, by the command line that Start gives it.
func serves(pid int, data string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "-D "+data)
}
