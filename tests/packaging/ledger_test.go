package packaging

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/strongroom-pos/strongroom/internal/containers"
)

// The ledger's image is a server and what it opens; its cluster lets the acquirer in by
// its password, and nobody else. Root runs it in its image's file system alone, on a port
// of loopback.
func TestTheLedgerLetsTheAcquirerInAndNobodyElse(t *testing.T) {
	home, out, root := t.TempDir(), t.TempDir(), t.TempDir()
	with, lane := withAlive(t), filepath.Join(home, "compose")
	if err := containers.Prepare(home, lane, with, time.Now()); err != nil {
		t.Fatal(err)
	}
	must(t, nil, repository+"/packaging/compose/images", with, out)
	passable(t, root)
	must(t, nil, "tar", "-C", root, "-xf", filepath.Join(out, "ledger.tar"))
	must(t, nil, "cp", "-a", filepath.Join(lane, "ledger/data"), filepath.Join(root, "state"))
	port := serveLedger(t, root)

	line, err := os.ReadFile(filepath.Join(lane, "acquirer/pgpass"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(strings.TrimSpace(string(line)), ":")
	if len(fields) != 5 || strings.Join(fields[:2], ":") != containers.Ledger {
		t.Fatalf("the acquirer's password stands among %d fields", len(fields))
	}
	right := fields[4]
	conn := connect(t, port, "acquirer", right, "acquirer")
	if conn == nil {
		t.Fatal("the acquirer is not let in")
	}
	var super, creates bool
	if err := conn.QueryRow(t.Context(), "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user").Scan(&super, &creates); err != nil || super || creates {
		t.Errorf("the acquirer's role may do more than it needs: %v", err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE one (n bigint); INSERT INTO one VALUES (1)"); err != nil {
		t.Errorf("the acquirer has no tables of its own: %v", err)
	}
	for name, who := range map[string][3]string{
		"a wrong password": {"acquirer", right + "x", "acquirer"}, "no password": {"acquirer", "", "acquirer"},
		"the owner of the cluster": {"ledger", right, "acquirer"}, "another database": {"acquirer", right, "postgres"},
	} {
		if connect(t, port, who[0], who[1], who[2]) != nil {
			t.Errorf("%s lets in", name)
		}
	}
}

// serveLedger starts the server of an image's file system, and waits for it.
func serveLedger(t *testing.T, root string) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	uid := containers.Users()["ledger"]
	// There is no /dev/shm, which an engine gives.
	c := exec.Command("chroot", fmt.Sprintf("--userspec=%d:%d", uid, uid), root, programOf("ledger"), "-D", "/state/data", //nolint:gosec // the test's own words
		"-c", "listen_addresses=127.0.0.1", "-c", "port="+port, "-c", "dynamic_shared_memory_type=mmap")
	var log strings.Builder
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGINT)
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v\n%s", err, log.String())
		}
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = conn.Close()
			return port
		}
		if time.Now().After(end) {
			t.Fatal("the server does not listen")
		}
	}
}

// connect is nil where nobody is let in.
func connect(t *testing.T, port, role, password, database string) *pgx.Conn {
	t.Helper()
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: "127.0.0.1:" + port, Path: database, RawQuery: "sslmode=disable"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, u.String())
		switch {
		case err == nil:
			t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
			return conn
		case !strings.Contains(err.Error(), "57P03"): // it is starting
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}
