package packaging

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/containers"
)

// allowed are the edges of the architecture: who may reach whom, and by which network.
// An empty network is a folder that both have.
func allowed() []string {
	return []string{
		"terminal-secureworld by mailbox",
		"reader-secureworld by sred",
		"pinpad-secureworld by pinentry",
		"secureworld-acquirer by host",
		"acquirer-element by a folder",
		"acquirer-ledger by ledger",
	}
}

type composed struct {
	Services map[string]service `json:"services"`
	Networks map[string]struct {
		Internal bool `json:"internal"`
	} `json:"networks"`
}

type service struct {
	User        string            `json:"user"`
	Image       string            `json:"image"`
	Networks    map[string]any    `json:"networks"`
	NetworkMode string            `json:"network_mode"`
	ReadOnly    bool              `json:"read_only"`
	CapDrop     []string          `json:"cap_drop"`
	CapAdd      []string          `json:"cap_add"`
	Privileged  bool              `json:"privileged"`
	Security    []string          `json:"security_opt"`
	Ports       []json.RawMessage `json:"ports"`
	Volumes     []string          `json:"volumes"`
	ULimits     map[string]any    `json:"ulimits"`
	HealthCheck *struct {
		Test []string `json:"test"`
	} `json:"healthcheck"`
}

// read reads compose files. Python's parser is there wherever docker-compose 1 is.
func read(t *testing.T, texts ...string) (c []composed) {
	t.Helper()
	b, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	const load = `
import json, sys, yaml
def plain(text):
    c = yaml.safe_load(text)
    for s in c["services"].values():
        if isinstance(s.get("networks"), list):
            s["networks"] = {n: None for n in s["networks"]}
    return c
print(json.dumps([plain(t) for t in json.load(sys.stdin)]))`
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "python3", "-c", load)
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("reading a compose file: %v", err)
	}
	if err := json.Unmarshal(out, &c); err != nil || len(c) != len(texts) {
		t.Fatalf("reading a compose file: %v", err)
	}
	return c
}

// edges are who can reach whom.
func (c composed) edges() (edges []string) {
	order := []string{"terminal", "reader", "pinpad", "secureworld", "acquirer", "element", "ledger"}
	for name := range c.Services {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	for i, one := range order {
		for _, other := range order[i+1:] {
			for _, way := range c.ways(c.Services[one], c.Services[other]) {
				edges = append(edges, fmt.Sprintf("%s-%s by %s", one, other, way))
			}
		}
	}
	slices.Sort(edges)
	return edges
}

func (c composed) ways(one, other service) (ways []string) {
	for network := range one.Networks {
		if _, ok := other.Networks[network]; ok {
			ways = append(ways, network)
		}
	}
	for _, v := range one.Volumes {
		for _, w := range other.Volumes {
			if source(v) == source(w) {
				ways = append(ways, "a folder")
			}
		}
	}
	return ways
}

// source is a volume's folder on the machine, without where it is in the container.
func source(volume string) string { return volume[:strings.Index(volume+":/", ":/")] }

// problems are what is not as it must be.
func (c composed) problems() (p []string) {
	want := allowed()
	slices.Sort(want)
	if got := c.edges(); !slices.Equal(got, want) {
		p = append(p, fmt.Sprintf("edges %v, not %v", got, want))
	}
	for name, n := range c.Networks {
		if n.Internal == (name == "till") {
			p = append(p, "network "+name+" leads outside, or the tills' does not")
		}
	}
	for name, s := range c.Services {
		if uid, ok := containers.Users()[name]; !ok || s.User != fmt.Sprintf("%d:%d", uid, uid) {
			p = append(p, name+" has another user than its files")
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged ||
			!slices.Contains(s.Security, "no-new-privileges:true") || s.HealthCheck == nil || s.ULimits["core"] == nil {
			p = append(p, name+" lacks what every service has")
		}
		if (len(s.Ports) > 0) != (name == "terminal") || s.NetworkMode != "" && s.NetworkMode != "none" {
			p = append(p, name+" can be reached from outside")
		}
	}
	return p
}

func TestComposeHasTheAllowedEdgesAndNoOthers(t *testing.T) {
	file := filepath.Join(repository, "compose.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// As it is written, and as docker-compose understands it.
	for _, c := range read(t, string(b), must(t, []string{"STRONGROOM_LANE=/lane"}, "docker-compose", "-f", file, "config")) {
		for _, p := range c.problems() {
			t.Error(p)
		}
	}
	var names, texts []string
	for name, spoil := range map[string][2]string{
		"an edge from the app world to the reader":   {"networks: [sred]", "networks: [sred, mailbox]"},
		"an edge from the app world to the acquirer": {"networks: [mailbox, till]", "networks: [mailbox, till, host]"},
		"an edge that is missing":                    {"networks: [mailbox, sred, pinentry, host]", "networks: [mailbox, sred, pinentry]"},
		"an edge from the secure world to the books": {"networks: [mailbox, sred, pinentry, host]", "networks: [mailbox, sred, pinentry, host, ledger]"},
		"a way out":                            {"host: {internal: true}", "host: {}"},
		"a folder of another":                  {"/reader:/state\"]", "/terminal:/state\"]"},
		"a capability":                         {"cap_drop: [ALL]", "cap_drop: [ALL]\n  cap_add: [SYS_ADMIN]"},
		"a file system that can be written to": {"read_only: true", "read_only: false"},
		"a port":                               {"networks: [pinentry]", "networks: [pinentry]\n    ports: [\"8421:8421\"]"},
		"another's user":                       {"user: \"10003:10003\"", "user: \"10001:10001\""},
		"the machine's network":                {"network_mode: none", "network_mode: host"},
	} {
		text := strings.Replace(string(b), spoil[0], spoil[1], 1)
		if text == string(b) {
			t.Errorf("%s: nothing was spoilt", name)
		}
		names, texts = append(names, name), append(texts, text)
	}
	for i, c := range read(t, texts...) {
		if len(c.problems()) == 0 {
			t.Errorf("%s is not found", names[i])
		}
	}
}
