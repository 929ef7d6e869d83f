// Package testdb gives the acquirer's tests databases of both kinds: files for SQLite,
// and a PostgreSQL server of their own on a Unix socket in a temporary folder, with a
// schema for each test.
//
// Only tests import it. PostgreSQL is Debian's package (.ci/deps); a test that does not
// find it fails. As root the server runs as another user, since it refuses to be root.
package testdb

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Both runs all tests twice: on SQLite, and on PostgreSQL.
func Both(m *testing.M) int {
	if code := m.Run(); code != 0 || listing() {
		return code
	}
	server, err := Start()
	if err != nil {
		fmt.Println("testdb:", err)
		return 1
	}
	defer server.Stop()
	running.Store(server)
	defer running.Store(nil)
	fmt.Println("once more, on PostgreSQL")
	return m.Run()
}

// listing: neither a list of tests nor fuzzing is done twice.
func listing() bool {
	return slices.ContainsFunc(os.Args[1:], func(a string) bool {
		return strings.HasPrefix(a, "-test.list") && a != "-test.list=" || strings.HasPrefix(a, "-test.fuzz") && !strings.HasPrefix(a, "-test.fuzzcachedir")
	})
}

var running atomic.Pointer[Server] // for the tests of a second run

// Name is a new database's: a file's, or in the second run a URL.
func Name(tb testing.TB) string {
	tb.Helper()
	if s := running.Load(); s != nil {
		return s.Name(tb)
	}
	return filepath.Join(tb.TempDir(), "host.db")
}

// Bytes are all that a database of Name wrote anywhere.
func Bytes(tb testing.TB, name string) (all []byte) {
	tb.Helper()
	if s := running.Load(); s != nil {
		return s.bytes(tb)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(name + suffix)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// Server is a PostgreSQL server.
type Server struct {
	dir  string // the socket's
	data string
	bin  string
	as   []string // what a command is run by

	mu      sync.Mutex
	conn    *pgx.Conn // guarded by mu, as all below
	made    int
	free    []string // schemas
	stopped bool
}

// Start makes a server and starts it, in memory where there is room.
func Start() (*Server, error) { return StartIn(memory()) }

// StartIn is Start in a folder of one's own choice, or that of temporary files.
func StartIn(folder string) (s *Server, err error) {
	s = &Server{}
	if s.bin, err = binaries(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp(folder, "pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(s.dir)
		}
	}()
	if err := s.own(); err != nil {
		return nil, err
	}
	s.data = filepath.Join(s.dir, "data")
	if err := s.run("initdb", "-D", s.data, "-U", "acquirer", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1"); err != nil {
		return nil, err
	}
	return s, s.run("pg_ctl", "-D", s.data, "-l", filepath.Join(s.dir, "log"), "-w", "-t", "60", "-o",
		"-c listen_addresses='' -c unix_socket_directories="+s.dir+" -c unix_socket_permissions=0777 -c max_connections=200", "start")
}

// memory is a file system in memory, where there is room: what is asked to be durable
// there is so at once.
func memory() string {
	const where, room = "/dev/shm", 1 << 30
	var s syscall.Statfs_t
	if syscall.Statfs(where, &s) != nil || s.Bavail*uint64(s.Bsize) < room { //nolint:gosec // a block has a size
		return ""
	}
	return where
}

// Stop ends it and removes what it wrote.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	_ = s.run("pg_ctl", "-D", s.data, "-m", "immediate", "-w", "stop")
	_ = os.RemoveAll(s.dir)
}

// Name is the URL of a schema that nobody else has until the test ends. Its tables may be
// there already, and are empty.
func (s *Server) Name(tb testing.TB) string {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		s.made++
		s.free = []string{fmt.Sprintf("t%d", s.made)}
		s.sql(tb, "CREATE SCHEMA "+s.free[0])
	}
	schema := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	tb.Cleanup(func() { s.release(tb, schema) })
	return "postgres://acquirer@/postgres?host=" + s.dir + "&search_path=" + schema
}

// release empties a schema, which is quicker than to make one.
func (s *Server) release(tb testing.TB, schema string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.sql(tb, fmt.Sprintf(`
		SET session_replication_role = replica;
		DO $$ DECLARE r record; BEGIN
			FOR r IN SELECT relname, relkind FROM pg_class WHERE relnamespace = '%[1]s'::regnamespace AND relkind IN ('r', 'S') AND relname <> 'applied_schemas' LOOP
				IF r.relkind = 'S' THEN EXECUTE format('ALTER SEQUENCE %[1]s.%%I RESTART', r.relname);
				ELSE EXECUTE format('DELETE FROM %[1]s.%%I', r.relname); END IF;
			END LOOP;
		END $$;
		SET session_replication_role = DEFAULT`, schema))
	s.free = append(s.free, schema)
}

// SQL runs statements, in the schema that they name.
func (s *Server) SQL(tb testing.TB, statements string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sql(tb, statements)
}

func (s *Server) sql(tb testing.TB, statements string) {
	tb.Helper()
	ctx := context.Background()
	var err error
	if s.conn == nil {
		s.conn, err = pgx.Connect(ctx, "postgres://acquirer@/postgres?host="+s.dir)
	}
	if err == nil {
		_, err = s.conn.PgConn().Exec(ctx, statements).ReadAll()
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Folder is its socket's.
func (s *Server) Folder() string { return s.dir }

// Program is the path of another of PostgreSQL's programs.
func (s *Server) Program(name string) string { return filepath.Join(s.bin, name) }

// bytes are those of its files, its log included.
func (s *Server) bytes(tb testing.TB) (all []byte) {
	tb.Helper()
	s.SQL(tb, "CHECKPOINT")
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // a temporary file that is gone
		}
		b, err := os.ReadFile(path) //nolint:gosec // its own
		all = append(all, bytes.TrimRight(b, "\x00")...)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// own makes the folder that of whom the server runs as.
func (s *Server) own() error {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 != nil || err2 != nil {
			continue
		}
		s.as = []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups", "--"}
		if err := os.Chmod(s.dir, 0o755); err != nil { //nolint:gosec // only the socket is for others
			return err
		}
		return os.Chown(s.dir, uid, gid)
	}
	return fmt.Errorf("no user but root to run PostgreSQL as")
}

func (s *Server) run(name string, args ...string) error {
	line := append(append(slices.Clone(s.as), filepath.Join(s.bin, name)), args...)
	command := exec.Command(line[0], line[1:]...) //nolint:gosec,noctx // Debian's, and ends by itself
	command.Dir = s.dir
	log, err := os.CreateTemp("", "pg-")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())               //nolint:errcheck // a temporary file
	defer log.Close()                         //nolint:errcheck // only read again
	command.Stdout, command.Stderr = log, log // a file: the server keeps it
	if err := command.Run(); err != nil {
		b, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", name, err, b)
	}
	return nil
}

// binaries is where PostgreSQL's programs are: Debian's newest, or in the path.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("no PostgreSQL: .ci/deps installs it")
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}
