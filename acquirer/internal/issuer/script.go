package issuer

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// ErrScript reports what is no script.
var ErrScript = errors.New("issuer: not a script")

// Limits of a script's parts.
const (
	maxScriptData = 96 // element.MaxScriptData
	maxSFI        = 30
	macSize       = 8
)

// Script is one command for a card. It has one alone: what the MAC of a second
// one begins with differs from scheme to scheme.
type Script struct {
	Template   byte    // 71 or 72
	Identifier [4]byte // 9F18; zeros: Add numbers it
	Header     [5]byte // CLA, INS, P1, P2, Lc with the MAC counted
	Data       []byte

	id int64
}

// NewScript reads a script, or ErrScript.
func NewScript(p provisioning.Script) (s Script, err error) {
	s.Template = 0x72
	switch p.Template {
	case "", "72":
	case "71":
		s.Template = 0x71
	default:
		return s, ErrScript
	}
	id, err1 := hex.DecodeString(p.ID)
	data, err2 := hex.DecodeString(p.Data)
	header, ok := header(p)
	if err1 != nil || err2 != nil || !ok || len(id) != 0 && len(id) != 4 || len(data) > maxScriptData {
		return s, ErrScript
	}
	copy(s.Identifier[:], id)
	s.Header, s.Data = [5]byte{header[0], header[1], header[2], header[3], byte(len(data) + macSize)}, data
	writes := header[0] == 0x04
	if writes != (len(data) > 0) {
		return s, ErrScript
	}
	return s, nil
}

// header is CLA, INS, P1 and P2 of a command; those of class 84 have no data.
func header(p provisioning.Script) (h [4]byte, ok bool) {
	switch p.Command {
	case provisioning.CommandApplicationBlock:
		return [4]byte{0x84, 0x1E}, true
	case provisioning.CommandApplicationUnblock:
		return [4]byte{0x84, 0x18}, true
	case provisioning.CommandCardBlock:
		return [4]byte{0x84, 0x16}, true
	case provisioning.CommandPINUnblock:
		return [4]byte{0x84, 0x24}, true
	case provisioning.CommandUpdateRecord:
		return [4]byte{0x04, 0xDC, p.Record, p.SFI<<3 | 4}, p.Record > 0 && p.SFI > 0 && p.SFI <= maxSFI
	case provisioning.CommandPutData:
		tag, err := hex.DecodeString(p.Tag)
		if err != nil || len(tag) != 2 {
			return h, false
		}
		return [4]byte{0x04, 0xDA, tag[0], tag[1]}, true
	}
	return h, false
}

// States of a script.
const (
	scriptPending      = "pending"
	scriptSent         = "sent" // what the card did is not known
	scriptPerformed    = "performed"
	scriptFailed       = "failed"
	scriptNotPerformed = "not_performed"
	scriptReplaced     = "replaced"
)

// Queue makes s the card's pending script, in place of one that waits.
func Queue(ctx context.Context, tx *database.Tx, card Reference, s Script) error {
	if _, err := tx.ExecContext(ctx, `UPDATE scripts SET state = ? WHERE card = ? AND state = ?`, scriptReplaced, card[:], scriptPending); err != nil {
		return fmt.Errorf("replacing a script: %w", err)
	}
	id, err := tx.Insert(ctx, `INSERT INTO scripts (card, template, identifier, header, data, state) VALUES (?, ?, ?, ?, ?, ?)`,
		card[:], s.Template, s.Identifier[:], s.Header[:], append([]byte{}, s.Data...), scriptPending)
	if err != nil {
		return fmt.Errorf("writing a script: %w", err)
	}
	if s.Identifier != [4]byte{} {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE scripts SET identifier = ? WHERE id = ?`, binary.BigEndian.AppendUint32(nil, uint32(id)), id) //nolint:gosec // a small number
	if err != nil {
		return fmt.Errorf("numbering a script: %w", err)
	}
	return nil
}

// Pending is the script that waits for a card.
func Pending(ctx context.Context, tx *database.Tx, card Reference) (s Script, found bool, err error) {
	var identifier, header []byte
	err = tx.QueryRowContext(ctx, `SELECT id, template, identifier, header, data FROM scripts WHERE card = ? AND state = ?`, card[:], scriptPending).
		Scan(&s.id, &s.Template, &identifier, &header, &s.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("reading a script: %w", err)
	}
	copy(s.Identifier[:], identifier)
	copy(s.Header[:], header)
	return s, true, nil
}

// Send records that a script went out with a payment's answer.
func Send(ctx context.Context, tx *database.Tx, s Script, terminal, rrn string) error {
	_, err := tx.ExecContext(ctx, `UPDATE scripts SET state = ?, terminal = ?, rrn = ? WHERE id = ?`, scriptSent, terminal, rrn, s.id)
	if err != nil {
		return fmt.Errorf("sending a script: %w", err)
	}
	return nil
}

// Result is what a terminal says of a script: an element of 9F5B, five bytes.
type Result [5]byte

func (r Result) state() string {
	switch r[0] >> 4 { // EMV 4.4 Book 3, issuer script results
	case 1:
		return scriptFailed
	case 2:
		return scriptPerformed
	}
	return scriptNotPerformed
}

// Settle records a result. One of a script that the payment did not have is
// left out.
func Settle(ctx context.Context, tx *database.Tx, terminal, rrn string, r Result) error {
	_, err := tx.ExecContext(ctx, `UPDATE scripts SET state = ?, result = ? WHERE terminal = ? AND rrn = ? AND identifier = ? AND state = ?`,
		r.state(), r[:], terminal, rrn, r[1:], scriptSent)
	if err != nil {
		return fmt.Errorf("recording a script's result: %w", err)
	}
	return nil
}

// ScriptReport is a script as a report shows it.
type ScriptReport struct {
	ID      string `json:"id"`      // 9F18, hex
	Command string `json:"command"` // CLA, INS, P1, P2, Lc, hex
	State   string `json:"state"`   // pending, sent, performed, failed, not_performed, replaced
	Result  string `json:"result,omitempty"`
}

// Scripts lists what went out with a payment's answer.
func Scripts(ctx context.Context, tx *database.Tx, terminal, rrn string) (out []ScriptReport, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT identifier, header, state, result FROM scripts WHERE terminal = ? AND rrn = ? ORDER BY id`, terminal, rrn)
	if err != nil {
		return nil, fmt.Errorf("listing scripts: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r ScriptReport
		var id, command, result []byte
		if err := rows.Scan(&id, &command, &r.State, &result); err != nil {
			return nil, fmt.Errorf("listing scripts: %w", err)
		}
		r.ID, r.Command, r.Result = fmt.Sprintf("%X", id), fmt.Sprintf("%X", command), fmt.Sprintf("%X", result)
		out = append(out, r)
	}
	return out, rows.Err()
}
