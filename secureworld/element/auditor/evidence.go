package auditor

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// Statement is what an auditor says that it found. Whoever holds an element or a group
// with the same keys can put the question again: Want is the right answer.
type Statement struct {
	Time    string  `json:"time"` // RFC 3339
	Group   string  `json:"group"`
	Named   bool    `json:"named"`
	Against string  `json:"against"`
	Kind    uint8   `json:"kind"`
	After   uint64  `json:"after"` // answers since the group was last found right
	Share   float64 `json:"share"`
	Unseen  float64 `json:"unseen"` // probability that so many wrong answers go unseen
	// Of a canary alone.
	Question []byte `json:"question,omitempty"`
	Want     []byte `json:"want,omitempty"`
	Said     []byte `json:"said,omitempty"`
	// Transcript and Confirmations are the group as its members signed it.
	Transcript    []byte `json:"transcript,omitempty"`
	Confirmations []byte `json:"confirmations,omitempty"`
}

// Evidence is a statement signed by a client's key.
type Evidence struct {
	Statement   json.RawMessage `json:"statement"`
	Certificate []byte          `json:"certificate"` // the client's, DER
	Signature   []byte          `json:"signature"`   // Ed25519, over a label and the statement
}

// Verdict is what evidence proves to one who trusts the authorities: who states it,
// and who the group's members were by their own signatures. That they said what is
// stated is the auditor's word: votes are made with keys that a client shares.
type Verdict struct {
	Auditor   string
	Statement Statement
	Group     pool.Group // without members: the statement names two, or none was reached
}

const label = "strongroom auditor statement 1\x00"

// maxEvidence bounds what is read.
const maxEvidence = 1 << 20

var errEvidence = errors.New("auditor: the evidence proves nothing")

// State makes the statement of a finding; the zero Description: the group was not
// reached any more.
func State(f Finding, when string, d overseer.Description) Statement {
	return Statement{
		Time: when, Group: f.Group, Named: f.Named, Against: f.Against, Kind: f.Kind,
		After: f.After, Share: f.Share, Unseen: Unseen(f.Share, f.After),
		Question: f.Question, Want: f.Want, Said: f.Said,
		Transcript: d.Transcript, Confirmations: d.Confirmations,
	}
}

// Sign makes evidence of a statement.
func Sign(s Statement, by *identity.Client) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	signature := by.Sign(append([]byte(label), b...))
	return json.Marshal(Evidence{b, by.Certificate, signature[:]})
}

// VerifyEvidence tells what evidence proves.
func VerifyEvidence(b []byte, by identity.Authorities) (*Verdict, error) {
	var e Evidence
	if len(b) > maxEvidence || json.Unmarshal(b, &e) != nil {
		return nil, errEvidence
	}
	holder, err := by.Client(e.Certificate)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Auditor: holder.Name}
	if !ed25519.Verify(holder.Key, append([]byte(label), e.Statement...), e.Signature) || json.Unmarshal(e.Statement, &v.Statement) != nil {
		return nil, errEvidence
	}
	if len(v.Statement.Transcript) == 0 {
		return v, nil
	}
	v.Group, err = pool.Verify(by, &overseer.Description{Transcript: v.Statement.Transcript, Confirmations: v.Statement.Confirmations})
	if branch, name, ok := strings.Cut(v.Statement.Group, "/"); err == nil && ok && branch != "" && name != v.Group.Name {
		err = errEvidence // other members than the group's on the bus
	}
	return v, err
}
