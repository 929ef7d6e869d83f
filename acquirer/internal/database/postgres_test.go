package database_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

const rules = `
CREATE TABLE IF NOT EXISTS counters (
	name TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
	id INTEGER PRIMARY KEY AUTOINCREMENT, what BLOB NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log BEGIN SELECT RAISE (ABORT, 'the log stays'); END;
`

// onPostgres gives a server of the test's own, a database, and two nodes on it.
func onPostgres(t *testing.T) (server *testdb.Server, name string, nodes [2]*database.Database) {
	t.Helper()
	server, err := testdb.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	name = server.Name(t)
	var all sync.WaitGroup
	for i := range nodes { // at once, as in a start of the whole site
		all.Go(func() {
			db, err := database.Open(context.Background(), name, rules)
			if err != nil {
				t.Error(err)
				return
			}
			nodes[i] = db
			t.Cleanup(func() { _ = db.Close() })
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return server, name, nodes
}

func TestNodesOnPostgres(t *testing.T) {
	server, name, nodes := onPostgres(t)
	ctx := t.Context()
	exec := func(db *database.Database, query string, args ...any) error {
		return db.Update(ctx, func(tx *database.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err })
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := nodes[0].View(ctx, func(tx *database.Tx) error { return tx.QueryRowContext(ctx, query).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Run("what is read for update is counted on by one at a time", func(t *testing.T) {
		if err := exec(nodes[0], `INSERT INTO counters (name, n) VALUES (?, ?)`, "a", 0); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				err := nodes[i%2].Update(ctx, func(tx *database.Tx) error {
					var n int
					if err := tx.QueryRowContext(ctx, `SELECT n FROM counters WHERE name = ?`+tx.ForUpdate("counters"), "a").Scan(&n); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, `UPDATE counters SET n = ?2 WHERE name = ?1`, "a", n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(`SELECT n FROM counters WHERE name = 'a'`); n != 40 {
			t.Errorf("%d", n)
		}
	})
	t.Run("whoever is second with a key finds the first one's work", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				err := nodes[i%2].Update(ctx, func(tx *database.Tx) error {
					var n int
					if err := tx.QueryRowContext(ctx, `SELECT n FROM counters WHERE name = 'once'`).Scan(&n); err == nil {
						return nil
					}
					if _, err := tx.ExecContext(ctx, `INSERT INTO log (what) VALUES (?)`, []byte("booked")); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, n) VALUES ('once', 1)`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(`SELECT COUNT(*) FROM log`); n != 1 {
			t.Errorf("booked %d times", n)
		}
	})
	t.Run("two that wait for each other both end well", func(t *testing.T) {
		if err := exec(nodes[0], `INSERT INTO counters (name, n) VALUES ('x', 0), ('y', 0)`); err != nil {
			t.Fatal(err)
		}
		var both, all sync.WaitGroup
		both.Add(2)
		for i, order := range [][2]string{{"x", "y"}, {"y", "x"}} {
			first := true
			all.Go(func() {
				err := nodes[i].Update(ctx, func(tx *database.Tx) error {
					for j, name := range order {
						if _, err := tx.ExecContext(ctx, `UPDATE counters SET n = n + 1 WHERE name = ?`, name); err != nil {
							return err
						}
						if j == 0 && first {
							first = false
							both.Done()
							both.Wait()
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(`SELECT CAST(SUM(n) AS BIGINT) FROM counters WHERE name IN ('x', 'y')`); n != 4 {
			t.Errorf("%d", n)
		}
	})
	t.Run("the tables have the rules of the file", func(t *testing.T) {
		for _, statement := range []string{`UPDATE counters SET n = -1`, `UPDATE log SET what = ''`} {
			if exec(nodes[0], statement) == nil {
				t.Errorf("done: %s", statement)
			}
		}
		if err := nodes[1].View(ctx, func(tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO log (what) VALUES (?)`, []byte("x"))
			return err
		}); err == nil {
			t.Error("a view wrote")
		}
	})
	t.Run("a database that may lose what it committed is refused", func(t *testing.T) {
		server.SQL(t, `ALTER SYSTEM SET synchronous_commit = off`)
		server.SQL(t, `SELECT pg_reload_conf()`)
		_, err := database.Open(ctx, name, rules)
		if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
			t.Errorf("%v", err)
		}
	})
}

func TestAPasswordInAURLIsRefusedAndNotRepeated(t *testing.T) {
	for _, name := range []string{"postgres://acquirer:canary@localhost/x", "postgresql://localhost/x?password=canary", "postgres://localhost:canary/x"} {
		_, err := database.Open(t.Context(), name)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
		if strings.Contains(name, ":canary@") && !errors.Is(err, database.ErrPassword) {
			t.Errorf("%v", err)
		}
	}
}
