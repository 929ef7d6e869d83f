package database_test

import (
	"context"
	"database/sql"
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
		err = db.Update(ctx, func(tx *sql.Tx) error {
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

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	if _, err := database.Open(context.Background(), t.TempDir(), schema); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := database.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), "nonsense"); err == nil {
		t.Error("a bad schema was applied")
	}
}
