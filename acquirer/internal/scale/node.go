package scale

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// patience is what anything may take on a busy machine.
const patience = 60 * time.Second

// Node is one process of the acquirer.
type Node struct {
	Address string // the same after a restart

	site    *Site
	name    string
	process *exec.Cmd
	ended   chan struct{} // closed
	err     error         // then
	log     *bytes.Buffer
}

// built is the program, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "acquirer-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "acquirer")
	out, err := exec.Command("go", "build", "-o", path, "github.com/strongroom-pos/strongroom/acquirer").CombinedOutput() //nolint:noctx,gosec // ends by itself
	if err != nil {
		return dir, fmt.Errorf("building the acquirer: %w\n%s", err, out)
	}
	return path, nil
})

// Cleanup removes the program.
func Cleanup() {
	if path, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// Node starts another one.
func (s *Site) Node() *Node {
	s.Helper()
	n := &Node{Address: "127.0.0.1:0", site: s, name: fmt.Sprintf("node%d", len(s.nodes))}
	s.nodes = append(s.nodes, n)
	n.Start()
	s.Cleanup(n.Kill)
	return n
}

// Start starts it, where it is not running, and waits until it serves.
func (n *Node) Start() {
	s := n.site
	s.Helper()
	path, err := built()
	s.must(err)
	addresses := s.path(n.name + ".json")
	_ = os.Remove(addresses)
	args := []string{
		"-listen", n.Address, "-tls-cert", s.path("host.pem"), "-tls-key", s.path("host.key"), "-ca", s.path("ca.pem"),
		"-element", s.lane.Socket, "-db", s.Database, "-terminals", s.path("terminals.json"),
		"-addresses", addresses, "-control", n.control(),
	}
	if n.name == "node0" && n.process == nil { // a card that is given again counts anew
		args = append(args, "-cards", s.path("cards.json"))
	}
	n.log = &bytes.Buffer{}
	n.process = exec.Command(path, args...) //nolint:noctx,gosec // ended by Stop or Kill
	n.process.Stderr = n.log
	s.must(n.process.Start())
	n.ended = make(chan struct{})
	go func(p *exec.Cmd, ended chan struct{}) { n.err = p.Wait(); close(ended) }(n.process, n.ended)
	var published map[string]string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(addresses); err == nil && json.Unmarshal(b, &published) == nil {
			if n.Address != published["host"] { // at the first start, when nobody uses it yet
				n.Address = published["host"]
			}
			return
		}
		select {
		case <-n.ended:
			s.Fatalf("%s ended: %v\n%s", n.name, n.err, n.log)
		default:
		}
	}
	s.Fatalf("%s did not come up", n.name)
}

// Stop tells it to end, as a service manager does, and wants it to.
func (n *Node) Stop() {
	n.site.Helper()
	n.site.must(n.process.Process.Signal(syscall.SIGTERM))
	select {
	case <-n.ended:
		if n.err != nil {
			n.site.Fatalf("%s ended with %v\n%s", n.name, n.err, n.log)
		}
	case <-time.After(patience):
		n.site.Fatalf("%s did not end", n.name)
	}
}

// Kill ends it at once.
func (n *Node) Kill() {
	_ = n.process.Process.Kill()
	<-n.ended
}

func (n *Node) control() string { return n.site.path(n.name + ".sock") }

// Get asks its control socket.
func (n *Node) Get(path string, into any) {
	n.site.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", n.control())
	}}}
	defer client.CloseIdleConnections()
	r, err := client.Get("http://acquirer" + path) //nolint:noctx // has a time limit
	n.site.must(err)
	defer r.Body.Close() //nolint:errcheck // only read
	n.site.must(json.NewDecoder(r.Body).Decode(into))
}
