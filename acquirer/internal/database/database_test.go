package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

const schema = `CREATE TABLE IF NOT EXISTS t (n INTEGER) STRICT;`

func TestCommitsAreDurableByTheirSettings(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a name with # and ?.db")
	for range 2 { // the second opens what the first made
		db, err := database.Open(ctx, path, schema)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(ctx, func(tx *database.Tx) error {
			for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
				var got string
				if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s is %s (%v)", pragma, got, err)
				}
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO t VALUES (1)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAClosedFileIsNotKeptOpen(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "x.db")
	db, err := database.Open(ctx, path, schema)
	if err != nil {
		t.Fatal(err)
	}
	insert := func(tx *database.Tx) error { _, err := tx.ExecContext(ctx, `INSERT INTO t VALUES (?)`, 1); return err }
	if err := errors.Join(db.Update(ctx, insert), opened(t, path, true), db.Close(), opened(t, path, false)); err != nil {
		t.Error(err)
	}
}

// opened looks for the file among those that this process has open.
func opened(t *testing.T, path string, want bool) error {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	is := false
	for _, f := range all {
		to, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name()))
		is = is || err == nil && to == path
	}
	if is != want {
		return fmt.Errorf("the file is open: %t, want %t", is, want)
	}
	return nil
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	if _, err := database.Open(context.Background(), t.TempDir(), schema); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := database.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), "nonsense"); err == nil {
		t.Error("a bad schema was applied")
	}
}

func TestAFailedChangeLeavesNothingAndTheNextOneWorks(t *testing.T) {
	ctx := context.Background()
	db, err := database.Open(ctx, filepath.Join(t.TempDir(), "x.db"), schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insert := func(fault error) error {
		return db.Update(ctx, func(tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO t VALUES (?)`, 1)
			return errors.Join(err, fault)
		})
	}
	fault := errors.New("fault")
	for _, f := range []error{fault, nil, fault, nil} {
		if err := insert(f); !errors.Is(err, f) {
			t.Fatal(err)
		}
	}
	var n int
	err = db.Update(ctx, func(tx *database.Tx) error { return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM t`).Scan(&n) })
	if err != nil || n != 2 {
		t.Errorf("%d rows, %v", n, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	err = db.Update(cancelled, func(tx *database.Tx) error {
		cancel()
		_, err := tx.ExecContext(cancelled, `INSERT INTO t VALUES (?)`, 1)
		return err
	})
	if err == nil || insert(nil) != nil {
		t.Errorf("after a cancelled one: %v", err)
	}
}
