package overseer

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// Evidence is a disagreement as it is kept: enough for anyone who trusts the two
// authorities to see which element signed what. It holds nothing that can be read
// without the group's keys.
type Evidence struct {
	Time        string   `json:"time"` // RFC 3339
	Group       string   `json:"group"`
	Epoch       uint32   `json:"epoch"`
	Transcript  []byte   `json:"transcript"`
	Question    []byte   `json:"question"`
	Answers     []Said   `json:"answers"` // as they came, not signed
	Testimonies []Signed `json:"testimonies"`
}

// Broken is an agreement that failed, as it is kept. Commitments and confirmations are
// signed by their members; the accusations are what this overseer was told, and prove
// nothing to others.
type Broken struct {
	Time          string       `json:"time"` // RFC 3339
	Group         string       `json:"group"`
	Epoch         uint32       `json:"epoch"`
	Step          byte         `json:"step"` // kind of the request
	Transcript    []byte       `json:"transcript"`
	Commitments   []byte       `json:"commitments"`
	Confirmations []byte       `json:"confirmations"`
	Unsigned      []int        `json:"unsigned"` // members whose part had no valid signature
	Accusations   []Accusation `json:"accusations"`
}

// Accusation is what one member says of another. Both are indices in the transcript.
type Accusation struct {
	Accuser int `json:"accuser"`
	Accused int `json:"accused"`
}

// Said is what a member answered: a claim of the overseer.
type Said struct {
	Member int    `json:"member"` // index in the transcript
	Answer []byte `json:"answer"`
}

// Signed is what a member signed when it was asked again.
type Signed struct {
	Member    int    `json:"member"`
	Answer    []byte `json:"answer"`
	Signature []byte `json:"signature"`
}

// Verdict is what evidence proves.
type Verdict struct {
	Group  string
	Epoch  uint32
	Agree  []string // ids of those who signed what the majority signed
	Differ []string // ids of those who signed otherwise
	Makes  map[string]string
}

// errEvidence says that evidence proves nothing.
var errEvidence = errors.New("overseer: the evidence proves nothing")

// maxEvidenceFile bounds what is read.
const maxEvidenceFile = 1 << 20

func (e *Evidence) write(folder string, number int) error {
	return writeJSON(e, filepath.Join(folder, fmt.Sprintf("disagreement-%d-%d", e.Epoch, number)))
}

// keepFailure writes an agreement that somebody broke, within the bound on files. The
// caller holds mu.
func (o *Overseer) keepFailure(present []*member, f *failure) {
	o.evidence++
	if o.config.Evidence == "" || o.evidence > maxEvidence {
		return
	}
	e := f.epoch
	b := Broken{
		Time: o.config.Clock().UTC().Format(time.RFC3339Nano), Group: o.config.Group, Epoch: e.number, Step: f.step,
		Transcript: e.transcript, Commitments: f.commitments, Confirmations: e.confirmations, Unsigned: f.proven,
	}
	for i := range f.faults {
		if at := f.faults[i].blame(len(present)); at >= 0 {
			b.Accusations = append(b.Accusations, Accusation{f.faults[i].member, at})
		}
	}
	_ = writeJSON(b, filepath.Join(o.config.Evidence, fmt.Sprintf("agreement-%d-%d", e.number, o.evidence)))
}

func writeJSON(v any, path string) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path+".json")
}

// ReadEvidence reads a file of evidence.
func ReadEvidence(path string) (*Evidence, error) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxEvidenceFile {
		return nil, errors.New("overseer: no such evidence, or too long")
	}
	b, err := os.ReadFile(path) //nolint:gosec // named by the operator
	if err != nil {
		return nil, errors.New("overseer: reading the evidence")
	}
	var e Evidence
	if json.Unmarshal(b, &e) != nil {
		return nil, errors.New("overseer: malformed evidence")
	}
	return &e, nil
}

// VerifyEvidence tells what evidence proves to one who trusts the two authorities and
// not the overseer: the certificates of the members, their signatures over transcript,
// question and answer, that more than half signed the same, and who signed otherwise.
// An error: it proves nothing.
func VerifyEvidence(e *Evidence, by Authorities) (*Verdict, error) {
	t, err := door.ParseTranscript(e.Transcript)
	if err != nil {
		return nil, errEvidence
	}
	q, rest, err := door.ParseQuestion(e.Question)
	if err != nil || len(rest) != 0 || q.Group != t.Group || q.Epoch != t.Epoch {
		return nil, errEvidence
	}
	keys := make([]ed25519.PublicKey, len(t.Members))
	for i := range t.Members {
		if keys[i], err = by.key(&t.Members[i]); err != nil {
			return nil, err
		}
	}
	signed, err := e.verify(keys)
	if err != nil {
		return nil, err
	}
	if at := majority(signed); at < 0 || signed[at].Seen != sha256.Sum256(e.Question) {
		return nil, errEvidence
	}
	return verdictOf(t, keys, signed)
}

// verify returns what each member signed of this question, nil for those who did not.
func (e *Evidence) verify(keys []ed25519.PublicKey) ([]*door.Answer, error) {
	signed := make([]*door.Answer, len(keys))
	hash := door.HashTranscript(e.Transcript)
	for i := range e.Testimonies {
		s := &e.Testimonies[i]
		if s.Member < 0 || s.Member >= len(keys) || len(s.Signature) != ed25519.SignatureSize || signed[s.Member] != nil {
			return nil, errEvidence
		}
		t := door.Testimony{Answer: s.Answer, Signature: [64]byte(s.Signature)}
		a, ok := testified(hash[:], e.Question, &t, keys[s.Member])
		if !ok {
			return nil, errEvidence
		}
		signed[s.Member] = a
	}
	return signed, nil
}

func verdictOf(t *door.Transcript, keys []ed25519.PublicKey, signed []*door.Answer) (*Verdict, error) {
	at := majority(signed)
	v := &Verdict{Group: string(bytes.TrimRight(t.Group[:], "\x00")), Epoch: t.Epoch, Makes: map[string]string{}}
	for i, a := range signed {
		id := nameOf(keys[i])
		v.Makes[id] = string(t.Members[i].Make)
		switch {
		case a == nil:
		case agreesOn(a, signed[at]):
			v.Agree = append(v.Agree, id)
		default:
			v.Differ = append(v.Differ, id)
		}
	}
	if len(v.Differ) == 0 {
		return nil, errEvidence
	}
	return v, nil
}
