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

// serverVariable makes this program a server of the bus: its configuration comes on
// standard input, its address goes to standard output, and it ends with its input.
const serverVariable = "STRONGROOM_STAR_SERVER"

func serverMain(in io.Reader, out, stderr io.Writer) int {
	var c server.Config
	d := json.NewDecoder(in)
	err := d.Decode(&c)
	var s *server.Server
	if err == nil {
		s, err = server.Start(c)
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
func startProcess(c server.Config) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(self)} //nolint:gosec,noctx // this program itself; kill and close end it
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
	if err := json.NewEncoder(in).Encode(c); err != nil {
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
		p, err := startProcess(server.Config{
			Name: fmt.Sprintf("centre-%d", i), Listen: "127.0.0.1:0", Users: users("centre", 16, 16),
			Folder: filepath.Join(folder, fmt.Sprint(i)), Domain: "centre",
			Cluster: &server.Cluster{Name: "centre", Listen: route, Routes: routes, Secret: token},
		})
		if err != nil {
			return list, err
		}
		list = append(list, p)
	}
	return list, nil
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
