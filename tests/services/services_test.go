//go:build linux

package services

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

func TestMain(m *testing.M) {
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// lane is a secure world alone: it needs no host to compute.
type lane struct {
	*mailbox.Client
	t      *testing.T
	config secureside.Config
	world  *secureside.SecureWorld
}

// start brings one up, or returns nil where this machine cannot.
func start(t *testing.T) *lane {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can give the kernel a user of its own")
		return nil
	}
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "strongroom-services-") // not t.TempDir: others must be able to pass through it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if _, err := ceremony.Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	l := &lane{t: t, config: secureside.Config{Bin: programs, Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}}}
	t.Cleanup(func() {
		if l.world != nil {
			l.world.Stop()
		}
	})
	l.begin()
	return l
}

func (l *lane) begin() {
	l.t.Helper()
	w, err := secureside.Start(l.t.Context(), l.config)
	if err != nil {
		l.t.Fatal(err)
	}
	l.world = w
	l.Client = l.connect()
}

func (l *lane) connect() *mailbox.Client {
	l.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(context.WithoutCancel(l.t.Context()), "unix", l.world.Mailbox)
	if err != nil {
		l.t.Fatal(err)
	}
	c := mailbox.NewClient(conn)
	l.t.Cleanup(func() { _ = c.Close() })
	return c
}

// restart stops boot and kernel and starts them again over the same storage.
func (l *lane) restart() {
	l.t.Helper()
	l.world.Stop()
	l.begin()
}

func value[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refusedAs(err error, code mailbox.Code) bool {
	var r *mailbox.RefusedError
	return errors.As(err, &r) && r.Code == code
}

func TestTheAppWorldSignsDecryptsAndStoresAndFindsAllAgainAfterARestart(t *testing.T) {
	l := start(t)
	if l == nil {
		return
	}
	signer := value(l.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmECDSAP256, Usage: mailbox.UsageSign, Persistent: true, Label: []byte("receipts")}))(t)
	opener := value(l.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmRSA2048OAEP, Usage: mailbox.UsageDecrypt, Persistent: true, Label: []byte("letters")}))(t)
	box := value(l.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmAES256GCM, Usage: mailbox.UsageEncrypt | mailbox.UsageDecrypt, Persistent: true, Label: []byte("box")}))(t)
	fleeting := value(l.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmHMACSHA256, Usage: mailbox.UsageMAC}))(t)
	if len(value(l.MAC(fleeting.Handle, []byte("message")))(t)) != sha256.Size {
		t.Error("a MAC of another length")
	}
	for name, k := range map[string]mailbox.Key{"signer": signer, "opener": opener} {
		if err := l.PutCertificate([]byte(name), value(l.Certify(k.Handle))(t), false); err != nil {
			t.Fatal(err)
		}
	}
	message := []byte("receipt 42")
	letter := value(l.EncryptWith(mailbox.EncryptWith{Name: []byte("opener"), Algorithm: mailbox.AlgorithmRSA2048OAEP, Plaintext: []byte("a letter"), Extra: []byte("label")}))(t)
	sealed := value(l.Seal(box.Handle, []byte("a value"), []byte("extra")))(t)
	if err := l.PutData([]byte("state"), []byte("some state")); err != nil {
		t.Fatal(err)
	}
	works := func() {
		t.Helper()
		signature := value(l.Sign(signer.Handle, message))(t)
		verifiesOutside(t, value(l.GetCertificate([]byte("signer")))(t), message, signature)
		q := mailbox.VerifyWith{Name: []byte("signer"), Algorithm: mailbox.AlgorithmECDSAP256, Message: message, Signature: signature}
		if err := l.VerifyWith(q); err != nil {
			t.Error(err)
		}
		q.Message = []byte("receipt 43")
		if err := l.VerifyWith(q); !refusedAs(err, mailbox.CodeInvalid) {
			t.Errorf("another message: %v", err)
		}
		if got := value(l.Open(opener.Handle, letter, []byte("label")))(t); string(got) != "a letter" {
			t.Errorf("%q", got)
		}
		if got := value(l.Open(box.Handle, sealed, []byte("extra")))(t); string(got) != "a value" {
			t.Errorf("%q", got)
		}
		if got := value(l.GetData([]byte("state")))(t); string(got) != "some state" {
			t.Errorf("%q", got)
		}
	}
	works()
	l.restart()
	works()
	if k := value(l.Find([]byte("receipts")))(t); k != signer {
		t.Errorf("%+v was %+v", k, signer)
	}
	if _, err := l.MAC(fleeting.Handle, nil); !refusedAs(err, mailbox.CodeNoKey) {
		t.Errorf("the key of a session that ended: %v", err)
	}
	if err := errors.Join(l.Delete(signer.Handle), l.DeleteData([]byte("state")), l.DeleteCertificate([]byte("signer"))); err != nil {
		t.Fatal(err)
	}
	l.restart()
	if _, err := l.Find([]byte("receipts")); !refusedAs(err, mailbox.CodeNoKey) {
		t.Errorf("a deleted key: %v", err)
	}
	if _, err := l.GetData([]byte("state")); !refusedAs(err, mailbox.CodeNotFound) {
		t.Errorf("a deleted value: %v", err)
	}
	if d := value(l.Describe())(t); !d.FIPS {
		t.Error("the FIPS module is not in force")
	}
}

// verifiesOutside checks with the standard library alone, as a receiver would.
func verifiesOutside(t *testing.T, der, message, signature []byte) {
	t.Helper()
	c := value(x509.ParseCertificate(der))(t)
	k, ok := c.PublicKey.(*ecdsa.PublicKey)
	digest := sha256.Sum256(message)
	if !ok || !ecdsa.VerifyASN1(k, digest[:], signature) {
		t.Error("the signature does not verify with the certificate")
	}
}

func TestASessionsKeyIsNoneOfAnothers(t *testing.T) {
	l := start(t)
	if l == nil {
		return
	}
	k := value(l.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmAES256CMAC, Usage: mailbox.UsageMAC}))(t)
	if _, err := l.connect().MAC(k.Handle, nil); !refusedAs(err, mailbox.CodeNoKey) {
		t.Errorf("another session: %v", err)
	}
	if _, err := l.MAC(k.Handle, nil); err != nil {
		t.Errorf("the control failed: %v", err)
	}
}

// What the kernel keeps of a key for the app world is sealed before it reaches the
// disk: neither a value nor a label is found there.
func TestNothingThatIsStoredLiesOnTheDiskInClear(t *testing.T) {
	l := start(t)
	if l == nil {
		return
	}
	canary := []byte("a canary value of the app world")
	if err := l.PutData([]byte("canary"), canary); err != nil {
		t.Fatal(err)
	}
	files, clear := 0, 0
	err := filepath.WalkDir(filepath.Join(l.config.Dir, ceremony.Worlds, "secureworld"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		if bytes.Contains(b, canary) {
			clear++
		}
		return err
	})
	if err != nil || files == 0 || clear != 0 {
		t.Errorf("%d files, %d with the value in clear, %v", files, clear, err)
	}
	if got := value(l.GetData([]byte("canary")))(t); !bytes.Equal(got, canary) {
		t.Errorf("the control failed: %q", got)
	}
}
