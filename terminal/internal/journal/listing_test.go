package journal

import (
	"database/sql"
	"testing"
	"time"
)

// A lane has years of payments; a page of today's must not read them all.
func TestAPageIsFoundByItsIndex(t *testing.T) {
	j, err := Open(t.TempDir() + "/journal.db")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, f := range []Filter{{Reference: "x", Limit: 1}, {From: time.Now(), Limit: 1}, {Status: OpenOnly, Limit: 1}, {Before: 9, Limit: 1}} {
		where, args := f.where()
		rows, err := j.db.Query("EXPLAIN QUERY PLAN SELECT "+columns+" FROM payments WHERE "+where+" ORDER BY number DESC LIMIT ?", append(args, f.Limit)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps(t, rows) {
			if len(step) > 4 && step[:4] == "SCAN" {
				t.Errorf("%+v: %s", f, step)
			}
		}
	}
}

func steps(t *testing.T, rows *sql.Rows) (all []string) {
	t.Helper()
	defer rows.Close()
	for rows.Next() {
		var a, b, c int
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			t.Fatal(err)
		}
		all = append(all, step)
	}
	if rows.Err() != nil || len(all) == 0 {
		t.Fatal("no plan")
	}
	return all
}
