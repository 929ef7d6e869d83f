package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Errors of a database's name and settings.
var (
	// ErrPassword reports a URL with a password, which everyone on the machine could
	// read in the list of processes.
	ErrPassword = errors.New("database: the URL has a password; name a file of it by passfile=")
	errURL      = errors.New("database: not a PostgreSQL URL")
	errSetting  = errors.New("database: a setting of PostgreSQL is not right")
)

// IsPostgres tells a URL from a file's name.
func IsPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// postgres is a database that other nodes use too.
type postgres struct{ db *sql.DB }

// openPostgres waits for the server, which may be starting, checks its settings and
// makes the tables.
func openPostgres(ctx context.Context, name string, schemas []string) (engine, error) {
	config, err := configOf(name)
	if err != nil {
		return nil, err
	}
	p := &postgres{stdlib.OpenDB(*config)}
	p.db.SetMaxOpenConns(maxConnections)
	p.db.SetMaxIdleConns(maxConnections)
	for _, step := range []func() error{
		func() error { return p.await(ctx) },
		func() error { return p.check(ctx) },
		func() error { return p.prepare(ctx, schemas) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, p.db.Close())
		}
	}
	return p, nil
}

func configOf(name string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(name)
	if err != nil {
		return nil, errURL
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		return nil, ErrPassword
	}
	config, err := pgx.ParseConfig(name)
	if err != nil {
		return nil, errURL
	}
	for parameter, limit := range map[string]time.Duration{
		"lock_timeout": lockTimeout, "statement_timeout": statementTimeout, "idle_in_transaction_session_timeout": idleTimeout,
	} {
		config.RuntimeParams[parameter] = fmt.Sprint(limit.Milliseconds())
	}
	config.RuntimeParams["application_name"] = "strongroom-acquirer"
	config.ConnectTimeout = connectTimeout
	return config, nil
}

// await waits for a server that does not answer yet, or answers that it is starting.
func (p *postgres) await(ctx context.Context) (err error) {
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		if err = p.db.PingContext(ctx); err == nil {
			return nil
		}
		var told *pgconn.PgError
		if errors.As(err, &told) && told.Code != codeStarting || ctx.Err() != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("reaching PostgreSQL: %w", err)
}

func (p *postgres) check(ctx context.Context) error {
	for _, s := range settings() {
		var is string
		if err := p.db.QueryRowContext(ctx, "SHOW "+s.name).Scan(&is); err != nil {
			return fmt.Errorf("reading PostgreSQL's settings: %w", err)
		}
		if !slices.Contains(s.may, is) {
			return fmt.Errorf("%w: %s", errSetting, s)
		}
	}
	return nil
}

// prepare makes the tables that are not there. Nodes that start at once do it one after
// the other. What was applied is noted and not applied again, because to look whether a
// trigger is there takes a lock that the nodes at work would be in the way of.
func (p *postgres) prepare(ctx context.Context, schemas []string) error {
	return p.update(ctx, func(t *Tx) error {
		if _, err := t.ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, schemaLock)); err != nil {
			return fmt.Errorf("making the tables: %w", err)
		}
		for _, s := range append([]string{applied, refusal}, schemas...) {
			if err := p.apply(ctx, t, tables(s)); err != nil {
				return fmt.Errorf("making the tables: %w", err)
			}
		}
		return nil
	})
}

func (p *postgres) apply(ctx context.Context, t *Tx, schema string) error {
	sum := sha256.Sum256([]byte(schema))
	if schema != tables(applied) {
		r, err := t.ExecContext(ctx, `INSERT INTO applied_schemas (digest) VALUES (?) ON CONFLICT DO NOTHING`, sum[:])
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
	_, err := t.on.(*postgresTx).tx.ExecContext(ctx, schema) // as it is: it is many statements
	return err
}

func (p *postgres) close() error { return p.db.Close() }

// view reads one snapshot.
func (p *postgres) view(ctx context.Context, read func(*Tx) error) error {
	return p.once(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, read)
}

// update tries again what another transaction was in the way of. Each statement reads
// what is committed by then, so what is read after a lock is what the lock's last holder
// left.
func (p *postgres) update(ctx context.Context, change func(*Tx) error) (err error) {
	for try := range maxTries {
		if err = p.once(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted}, change); !conflict(err) {
			return err
		}
		pause := time.Millisecond << min(try, 5)
		time.Sleep(pause/2 + rand.N(pause)) //nolint:gosec // so that two do not meet again
	}
	return err
}

func (p *postgres) once(ctx context.Context, options *sql.TxOptions, do func(*Tx) error) error {
	tx, err := p.db.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it is one too many
	if err := do(&Tx{on: &postgresTx{tx, options != nil && options.ReadOnly}}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// conflict tells that another transaction was in the way, or was first with the same
// key: this one was rolled back, and finds the other's work when it is done again.
func conflict(err error) bool {
	var told *pgconn.PgError
	return errors.As(err, &told) && slices.Contains([]string{codeSerialization, codeDeadlock, codeUnique}, told.Code)
}

// postgresTx is one transaction.
type postgresTx struct {
	tx       *sql.Tx
	readOnly bool
}

func (t *postgresTx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return t.tx.ExecContext(ctx, numbered(query), plain(args)...)
}

func (t *postgresTx) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	return t.tx.QueryContext(ctx, numbered(query), plain(args)...)
}

func (t *postgresTx) row(ctx context.Context, query string, args []any) Row {
	return Row{row: t.tx.QueryRowContext(ctx, numbered(query), plain(args)...)}
}

// lock keeps others from the row, but not from naming it as a parent.
func (t *postgresTx) lock(table string) string {
	if t.readOnly {
		return ""
	}
	return " FOR NO KEY UPDATE OF " + table
}
