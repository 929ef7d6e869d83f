package certificate

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"time"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

type note struct {
	Text string `json:"text"`
}

func keys(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func certify(t testing.TB, role Role, public ed25519.PublicKey, by ed25519.PrivateKey) []byte {
	t.Helper()
	c, err := Certify(Certificate{Role: role, Name: "test", PublicKey: public, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}, by)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDocumentOpensOnlyAsWhatItWasSealedAs(t *testing.T) {
	manufacturer, manufacturerKey := keys(t)
	public, key := keys(t)
	stranger, strangerKey := keys(t)
	good := certify(t, RoleImage, public, manufacturerKey)
	raw, err := Seal("note", note{"hello"}, key, good)
	if err != nil {
		t.Fatal(err)
	}
	var got note
	if _, err := Open("note", raw, manufacturer, RoleImage, now, &got); err != nil || got.Text != "hello" {
		t.Fatalf("%+v, %v", got, err)
	}
	refuse := func(name, purpose string, raw []byte, root ed25519.PublicKey, role Role, at time.Time) {
		t.Helper()
		if _, err := Open(purpose, raw, root, role, at, new(note)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	refuse("another purpose", "letter", raw, manufacturer, RoleImage, now)
	refuse("another role", "note", raw, manufacturer, RoleLicence, now)
	refuse("another manufacturer", "note", raw, stranger, RoleImage, now)
	refuse("too early", "note", raw, manufacturer, RoleImage, now.Add(-2*time.Hour))
	refuse("too late", "note", raw, manufacturer, RoleImage, now.Add(2*time.Hour))
	refuse("changed text", "note", bytes.Replace(raw, []byte("hello"), []byte("hallo"), 1), manufacturer, RoleImage, now)
	refuse("a space", "note", bytes.Replace(raw, []byte(`{"text"`), []byte(`{ "text"`), 1), manufacturer, RoleImage, now)
	refuse("a second value", "note", append(bytes.Clone(raw), "{}"...), manufacturer, RoleImage, now)
	refuse("nothing", "note", nil, manufacturer, RoleImage, now)
	foreign, _ := Seal("note", note{"hello"}, strangerKey, good)
	refuse("another key behind a good certificate", "note", foreign, manufacturer, RoleImage, now)
	selfMade, _ := Seal("note", note{"hello"}, strangerKey, certify(t, RoleImage, stranger, strangerKey))
	refuse("a certificate of one's own", "note", selfMade, manufacturer, RoleImage, now)
}

func FuzzCanonicalDocument(f *testing.F) {
	manufacturer, manufacturerKey := keys(f)
	_ = manufacturer
	public, key := keys(f)
	raw, _ := Seal("note", note{"hello"}, key, certify(f, RoleImage, public, manufacturerKey))
	f.Add(raw)
	f.Add([]byte(`{"body":{},"signature":""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := parse(raw)
		if err != nil {
			return
		}
		if again, err := json.Marshal(s); err != nil || !bytes.Equal(again, raw) {
			t.Fatal("accepted what does not encode back")
		}
	})
}
