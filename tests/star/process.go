package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
)

// serverVariable makes this program a server of the bus: who it is comes as a line of
// JSON on standard input, its address goes to standard output, and it ends with its
// input.
const serverVariable = "STRONGROOM_STAR_SERVER"

// peer is a server of a cluster.
type peer struct {
	Name, Folder, Route string
	Routes              []string
}

func (p *peer) config() server.Config {
	return server.Config{
		Name: p.Name, Listen: "127.0.0.1:0", Users: users("centre", 16, 16), Folder: p.Folder, Domain: "centre",
		Cluster: &server.Cluster{Name: "centre", Listen: p.Route, Routes: p.Routes, Secret: token},
	}
}

func serverMain(in io.Reader, out, stderr io.Writer) int {
	var p peer
	err := json.NewDecoder(in).Decode(&p)
	var s *server.Server
	if err == nil {
		s, err = server.Start(p.config())
	}
	if err != nil {
		fmt.Fprintln(stderr, "star:", err)
		return 1
	}
	defer s.Close()
	fmt.Fprintln(out, s.URL())
	_, _ = io.Copy(io.Discard, in) // until whoever started it is gone
	return 0
}

// process is a server in a process of its own.
type process struct {
	url     string
	command *exec.Cmd
}

// startProcess starts this same program as a server.
func startProcess(who peer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(self)}
	p.command.Env = append(os.Environ(), serverVariable+"=1")
	p.command.Stderr = os.Stderr
	in, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(in).Encode(who); err != nil {
		p.kill()
		return nil, err
	}
	if p.url, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		p.kill()
		return nil, err
	}
	p.url = strings.TrimSpace(p.url)
	return p, nil
}

// kill ends the process as a power cut does. Once is enough.
func (p *process) kill() {
	if p.command.ProcessState != nil {
		return
	}
	_ = p.command.Process.Kill() // it may have ended by itself
	_ = p.command.Wait()         // killed; closes its input, too
}

// startCluster starts servers that know each other, each in a process of its own.
func startCluster(n int, folder string) (list []*process, err error) {
	var routes []string
	for range n {
		a, err := freeAddress()
		if err != nil {
			return nil, err
		}
		routes = append(routes, a)
	}
	for i, route := range routes {
		p, err := startProcess(peer{fmt.Sprintf("centre-%d", i), filepath.Join(folder, fmt.Sprint(i)), route, routes})
		if err != nil {
			return list, err
		}
		list = append(list, p)
	}
	return list, nil
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
