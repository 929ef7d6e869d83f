package boot

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

const platform = "../../kernel/internal/tahost/testdata/"

// kernelUser has no account.
const kernelUser = 61017

type built struct{ kernel, wasm []byte }

// build builds the test kernel and the probe application once.
var build = sync.OnceValues(func() (built, error) {
	dir, err := os.MkdirTemp("", "boot")
	if err != nil {
		return built{}, err
	}
	defer os.RemoveAll(dir)
	kernel, err := goBuild(filepath.Join(dir, "kernel"), platform+"testkernel", "CGO_ENABLED=0")
	if err != nil {
		return built{}, err
	}
	wasm, err := goBuild(filepath.Join(dir, "probe.wasm"), platform+"probe", "CGO_ENABLED=0", "GOOS=wasip1", "GOARCH=wasm", "GOFIPS140=off")
	return built{kernel, wasm}, err
})

func goBuild(out, source string, env ...string) ([]byte, error) {
	args := []string{"build", "-o", out}
	if strings.HasSuffix(out, ".wasm") {
		args = append(args, "-buildmode=c-shared")
	}
	command := exec.Command("go", append(args, "./"+source)...)
	command.Env = append(os.Environ(), env...)
	if said, err := command.CombinedOutput(); err != nil {
		return nil, errors.New(string(said))
	}
	return os.ReadFile(out)
}

// lane is one secure world on disk, signed by keys of its own.
type lane struct {
	t            *testing.T
	dir          string
	cfg          Config
	rootKey      ed25519.PrivateKey
	image        party
	developer    party
	seller       party
	configurator party
	log          *journal
	parts        built
}

type party struct {
	key  ed25519.PrivateKey
	cert []byte
}

// journal is boot's log, readable while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newLane(t *testing.T) *lane {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test needs root: boot gives the kernel a user of its own")
	}
	parts, err := build()
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: the kernel's user must be able to pass.
	dir, err := os.MkdirTemp("/tmp", "lane")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &lane{t: t, dir: dir, log: &journal{}, parts: parts}
	root, rootKey, _ := ed25519.GenerateKey(nil)
	l.rootKey = rootKey
	l.image, l.developer, l.seller = l.party(certificate.RoleImage), l.party(certificate.RoleDeveloper, "payment"), l.party(certificate.RoleLicence)
	l.configurator = l.party(certificate.RoleConfiguration)
	l.configure(root)
	l.sign(3)
	l.license(ownProgram(t))
	l.parameters(sample())
	return l
}

func (l *lane) configure(root ed25519.PublicKey) {
	storage := l.path("storage")
	if err := errors.Join(os.Mkdir(storage, 0o700), os.Chown(storage, kernelUser, kernelUser), os.Chmod(l.dir, 0o711)); err != nil {
		l.t.Fatal(err)
	}
	l.write("provisioning.json", []byte(`{"terminal":"demo"}`))
	l.cfg = Config{
		Manufacturer: hex.EncodeToString(root),
		Image: Image{
			Kernel: l.path("kernel"), Manifest: l.path("kernel.manifest"),
			Applications: []Application{{Module: l.path("payment.wasm"), Statement: l.path("payment.statement")}},
		},
		Licence: l.path("licence"), Parameters: l.path("parameters"), Provisioning: l.path("provisioning.json"), Counter: l.path("counter"),
		Storage: storage, Addresses: l.path("addresses.json"),
		Doors: map[string]Listen{
			"mailbox": {Address: "unix:" + l.path("mailbox.sock")},
			"sred":    {Address: "tcp:127.0.0.1:0"},
		},
		KernelUID: kernelUser, KernelGID: kernelUser,
		AppMeasurement: "required", ForbiddenCall: "kill", Namespaces: "required", Isolation: "process",
	}
}

func (l *lane) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lane) write(name string, content []byte) {
	l.t.Helper()
	if err := os.WriteFile(l.path(name), content, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lane) party(role certificate.Role, names ...string) party {
	public, key, _ := ed25519.GenerateKey(nil)
	cert, err := certificate.Certify(certificate.Certificate{
		Role: role, Name: "test", PublicKey: public, Names: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, l.rootKey)
	if err != nil {
		l.t.Fatal(err)
	}
	return party{key, cert}
}

func (l *lane) sign(version uint64) {
	l.t.Helper()
	wasm := image.Digest(l.parts.wasm)
	statement, err := image.SignApplication(image.Statement{Name: "payment", Version: 1, SHA256: wasm}, l.developer.key, l.developer.cert)
	if err != nil {
		l.t.Fatal(err)
	}
	manifest, err := image.Sign(image.Manifest{
		Customer: "demo", Version: version, MinimumVersion: version, KernelSHA256: image.Digest(l.parts.kernel),
		Applications: []image.ApplicationEntry{{
			Name: "payment", SHA256: wasm, MinimumVersion: 1,
			DeveloperKeyID: certificate.KeyID(l.developer.key.Public().(ed25519.PublicKey)),
		}},
	}, l.image.key, l.image.cert)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write("kernel", l.parts.kernel)
	l.write("kernel.manifest", manifest)
	l.write("payment.wasm", l.parts.wasm)
	l.write("payment.statement", statement)
}

func (l *lane) license(executable [32]byte) {
	l.t.Helper()
	raw, err := licence.Sign(licence.Licence{
		Serial: "L-1", Customer: "demo", Kernels: []string{image.Digest(l.parts.kernel)}, Executables: append(libraries(l.t), hex.EncodeToString(executable[:])),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, l.seller.key, l.seller.cert)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write("licence", raw)
}

func sample() parameters.Document {
	return parameters.Document{Version: 1, Currency: "EUR", MinBits: 1024, Reader: json.RawMessage(`{"contact":{}}`),
		Policy: parameters.Policy{Interfaces: []string{parameters.InterfaceChip}}}
}

func (l *lane) parameters(d parameters.Document) {
	l.t.Helper()
	l.parametersBy(l.configurator, parameters.Purpose, d)
}

func (l *lane) parametersBy(p party, purpose string, d parameters.Document) {
	l.t.Helper()
	raw, err := certificate.Seal(purpose, d, p.key, p.cert)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write("parameters", raw)
}

func ownProgram(t *testing.T) [32]byte {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(program)
}

func (l *lane) new() (*Boot, error) {
	return New(l.cfg, slog.New(slog.NewTextHandler(l.log, nil)))
}

// run starts boot and returns what ends it.
func (l *lane) run(b *Boot) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := b.Run(ctx)
		fmt.Fprintln(l.log, "boot ended:", err)
		ended <- err
	}()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			select {
			case err = <-ended:
			case <-time.After(20 * time.Second):
				err = errors.New("boot did not end")
			}
		})
		return err
	}
	l.t.Cleanup(func() {
		stop()
		if l.t.Failed() {
			l.t.Log(l.log)
		}
	})
	return stop
}

// ready waits until a kernel serves that was started at least so often.
func (l *lane) ready(starts int) Published {
	l.t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end) && !strings.Contains(l.log.String(), "boot ended:"); time.Sleep(20 * time.Millisecond) {
		var p Published
		raw, err := os.ReadFile(l.cfg.Addresses)
		if err == nil && json.Unmarshal(raw, &p) == nil && p.Starts >= starts {
			return p
		}
	}
	l.t.Fatalf("no kernel got ready\n%s", l.log)
	return Published{}
}

// eventually waits until something holds.
func (l *lane) eventually(what string, holds func() bool) {
	l.t.Helper()
	for range 1500 {
		if holds() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	l.t.Fatalf("it never came that %s\n%s", what, l.log)
}

// ask sends one line to a door and returns the answer.
func ask(t *testing.T, address, line string) (string, error) {
	t.Helper()
	network, where, _ := strings.Cut(address, ":")
	conn, err := net.Dial(network, where)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintln(conn, line)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == io.EOF {
		err = errors.New("door closed")
	}
	return strings.TrimSpace(answer), err
}

func (l *lane) mustAsk(address, line string) string {
	l.t.Helper()
	answer, err := ask(l.t, address, line)
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", line, err, l.log)
	}
	return answer
}

// giveAway writes boot's configuration and gives the lane to the kernel's user.
func (l *lane) giveAway(t *testing.T) {
	t.Helper()
	raw, err := json.Marshal(l.cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.write("boot.json", raw)
	if err := os.Mkdir(l.path("own"), 0o700); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(l.dir)
	for _, e := range entries {
		if err := os.Chown(l.path(e.Name()), kernelUser, kernelUser); err != nil {
			t.Fatal(err)
		}
	}
}
