package localpg

import (
	"fmt"
	"os"
	"syscall"
)

// endWithUs makes the kernel ask the child for a fast shutdown when we die, even by a kill.
func endWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// serves says whether the process is a server on the data directory: a server's working directory is its data.
func serves(pid int, data string) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && sameFile(cwd, data)
}
