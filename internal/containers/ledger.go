//go:build linux

package containers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The acquirer's database server. Its folder holds a new cluster, in which the acquirer
// has a role and a database and may do nothing else. The password lies in the acquirer's
// folder; the cluster has what verifies it.

// ledgerSettings are what differs from PostgreSQL's defaults. An image has no time zones,
// no compiler and no folder for sockets.
const ledgerSettings = `listen_addresses = '*'
unix_socket_directories = ''
password_encryption = scram-sha-256
max_connections = 50
timezone = 'GMT'
log_timezone = 'GMT'
jit = off
`

// ledgerAccess lets the acquirer in by its password, over its network, and nobody else.
const ledgerAccess = "host acquirer acquirer all scram-sha-256\n"

// database makes the cluster with the machine's own PostgreSQL, of which the image's
// server is a copy.
func (l *layout) database() error {
	bin, err := postgresql()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ledger-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	as, err := anybody(work)
	if err != nil {
		return err
	}
	data, password := filepath.Join(work, "data"), rand.Text()
	made := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "ledger", "-A", "reject", "-E", "UTF8", "--locale=C", "--no-instructions") //nolint:gosec,noctx // Debian's, and ends by itself
	role := exec.Command(filepath.Join(bin, "postgres"), "--single", "-c", "log_min_error_statement=panic", "-D", data, "postgres")                 //nolint:gosec,noctx // likewise
	role.Stdin = strings.NewReader("CREATE ROLE acquirer LOGIN PASSWORD '" + password + "'\nCREATE DATABASE acquirer OWNER acquirer\n")
	for _, c := range []*exec.Cmd{made, role} {
		c.Dir, c.SysProcAttr = work, as
		if said, err := c.CombinedOutput(); err != nil || strings.Contains(string(said), "ERROR:") {
			return fmt.Errorf("making the ledger's database: %w\n%s", err, said)
		}
	}
	line := strings.Join([]string{Ledger, "acquirer", "acquirer", password}, ":")
	return errors.Join(
		put(filepath.Join(data, "postgresql.conf"), []byte(ledgerSettings)),
		put(filepath.Join(data, "pg_hba.conf"), []byte(ledgerAccess)),
		copyTree(data, l.in("ledger", "data")),
		put(l.in("acquirer", "pgpass"), []byte(line+"\n")),
	)
}

// postgresql is the folder of its programs: Debian's newest.
func postgresql() (string, error) {
	newest, version := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, path := range found {
		if n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil && n > version {
			newest, version = filepath.Dir(path), n
		}
	}
	if newest == "" {
		return "", errors.New("there is no PostgreSQL; make deps installs it")
	}
	return newest, nil
}

// anybody is who makes the cluster in a folder, which PostgreSQL refuses to root.
func anybody(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // as oneself
	}
	u, err := user.Lookup("postgres") // whoever installed PostgreSQL has it
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(folder, int(uid), int(gid))
}
