package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Program is what one program consists of.
type Program struct {
	Name             string   `json:"name"`
	Folder           int      `json:"folder_lines"` // of its main package alone
	Own              int      `json:"own_lines"`    // of this module, all packages linked
	OwnPackages      int      `json:"own_packages"`
	Modules          []Module `json:"modules"` // of others
	Standard         int      `json:"standard_library_lines"`
	StandardPackages int      `json:"standard_library_packages"`
	Binary           int64    `json:"binary_bytes"` // 0: not built
}

// Module is what a program links of somebody else's.
type Module struct {
	Path     string `json:"path"`
	Version  string `json:"version"`
	Packages int    `json:"packages"`
	Lines    int    `json:"lines"`
}

func (p Program) others() (lines int) {
	for _, m := range p.Modules {
		lines += m.Lines
	}
	return lines
}

// source is a program as the Makefile builds it.
type source struct {
	name, binary, folder string
	env                  []string
}

func programs() []source {
	const module = "GOFIPS140=v1.0.0"
	native, wasm := []string{"CGO_ENABLED=0", module}, []string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0"}
	return []source{
		{"boot", "secureworld", "./secureworld", native},
		{"kernel", "kernel", "./secureworld/kernel", native},
		{"guest", "guest", "./secureworld/guest", native},
		{"tpm", "tpm", "./secureworld/tpm", native},
		{"payment", "payment.wasm", "./secureworld/ta/payment", wasm},
		{"loyalty", "loyalty.wasm", "./secureworld/ta/loyalty", wasm},
		{"reader", "reader", "./reader", []string{"CGO_ENABLED=1", module}},
		{"pinpad", "pinpad", "./pinpad", native},
	}
}

// listed is what this reads of go list.
type listed struct {
	ImportPath, Dir                           string
	Standard                                  bool
	GoFiles, CgoFiles, SFiles, CFiles, HFiles []string
	Module                                    *struct {
		Path, Version string
		Main          bool
	}
}

func (s source) measure(c *counter, bin string) (Program, error) {
	p := Program{Name: s.name, Binary: size(bin, s.binary)}
	packages, err := s.list(c.root)
	if err != nil {
		return p, err
	}
	modules := map[string]*Module{}
	for _, l := range packages {
		lines, err := c.of(l)
		if err != nil {
			return p, err
		}
		switch {
		case l.Standard:
			p.Standard, p.StandardPackages = p.Standard+lines, p.StandardPackages+1
		case l.Module == nil:
			return p, fmt.Errorf("%s is of no module", l.ImportPath)
		case l.Module.Main:
			p.Own, p.OwnPackages = p.Own+lines, p.OwnPackages+1
			p.Folder = lines // the program itself is the last
		default:
			m := modules[l.Module.Path]
			if m == nil {
				m = &Module{Path: l.Module.Path, Version: l.Module.Version}
				modules[l.Module.Path] = m
			}
			m.Packages, m.Lines = m.Packages+1, m.Lines+lines
		}
	}
	p.Modules = sorted(modules)
	return p, nil
}

// list asks what a build of it links; what depends on others comes behind them.
func (s source) list(root string) (out []listed, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,CgoFiles,SFiles,CFiles,HFiles,Module", s.folder) //nolint:gosec,noctx // fixed words
	cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), s.env...), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var l listed
		switch err := d.Decode(&l); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		}
		if l.ImportPath != "unsafe" {
			out = append(out, l)
		}
	}
}

func (l listed) files() (paths []string) {
	for _, names := range [][]string{l.GoFiles, l.CgoFiles, l.SFiles, l.CFiles, l.HFiles} {
		for _, name := range names {
			if !filepath.IsAbs(name) { // what cgo made lies in the cache
				paths = append(paths, filepath.Join(l.Dir, name))
			}
		}
	}
	return paths
}
