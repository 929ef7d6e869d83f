package boot

import (
	"encoding/json"
	"net"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

func TestHostsAreOneAddressOrAList(t *testing.T) {
	for text, want := range map[string]Hosts{
		`"a:1"`: {"a:1"}, `["a:1"]`: {"a:1"}, `["a:1","unix:/b"]`: {"a:1", "unix:/b"}, `""`: nil, `[]`: {},
	} {
		var got Hosts
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{`5`, `{"a":1}`, `[1]`, `["a:1",2]`, `[["a:1"]]`} {
		var got Hosts
		if json.Unmarshal([]byte(text), &got) == nil {
			t.Errorf("%s is taken as %q", text, got)
		}
	}
	for _, bad := range []Hosts{{"a:1", ""}, make(Hosts, mostHosts+1)} {
		if bad.check() == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

// gateway counts who came, until it is closed.
type gateway struct {
	net.Listener
	came chan struct{}
}

func openGateway(t *testing.T, network, address string) *gateway {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{l, make(chan struct{}, 100)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			g.came <- struct{}{}
		}
	}()
	return g
}

func (g *gateway) address() string {
	if a := g.Addr(); a.Network() == "unix" {
		return "unix:" + a.String()
	}
	return g.Addr().String()
}

func TestADialBeginsBehindTheGatewayThatAnsweredLast(t *testing.T) {
	first, dead, last := openGateway(t, "tcp", "127.0.0.1:0"), openGateway(t, "tcp", "127.0.0.1:0"), openGateway(t, "unix", filepath.Join(t.TempDir(), "host"))
	_ = dead.Close()
	b := &Boot{cfg: Config{Host: Hosts{first.address(), dead.address(), last.address()}}}
	for i, want := range []*gateway{first, last, first, last} {
		conn, err := b.connect()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		select {
		case <-want.came:
		case <-time.After(10 * time.Second):
			t.Fatalf("dial %d came to nobody who should have it", i)
		}
		if len(first.came)+len(last.came) != 0 {
			t.Errorf("dial %d went elsewhere", i)
		}
	}
	_, _ = first.Close(), last.Close()
	if _, err := b.connect(); err == nil || hostFailure(err) != handover.HostUnreachable {
		t.Errorf("without a gateway: %v", err)
	}
	b.cfg.Host = nil
	if _, err := b.connect(); err == nil {
		t.Error("connected without an address")
	}
}
