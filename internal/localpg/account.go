package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// account is the operating system's user that the server runs as. The zero value is the user that we are.
type account struct {
	other    bool // not the user that we are
	uid, gid int
}

// serverAccount gives the user for the server: ourselves, or, because PostgreSQL refuses root, an unprivileged one.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("reading the ids of user %s: %w", name, err)
		}
		return account{other: true, uid: uid, gid: gid}, nil
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// command prepares a program that runs as the account. Its environment is fixed, so that nobody's PGDATA, PGPORT or
// language changes what it does; times are UTC, as on a server.
func (a account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second // a program that was cancelled may have children that hold its output open
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if a.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// own gives path to the account.
func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// owns says whether path belongs to the user that the server runs as.
func (a account) owns(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	uid := os.Geteuid()
	if a.other {
		uid = a.uid
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == uid
}

// reaches says whether the account can enter dir, which a directory above it may forbid. It is tried rather than worked
// out from permission bits, so that access control lists count too.
func (a account) reaches(ctx context.Context, p Programs, dir string) bool {
	cmd := a.command(ctx, p.path("postgres"), "--version")
	cmd.Dir = dir
	return cmd.Run() == nil
}
