package evidence

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"runtime/debug"
)

// ownProgram is the command that writes the report.
const ownProgram = "strongroom"

// programs are the files of a lane, and of its control.
func programs() []string {
	return []string{"terminal", "reader", "pinpad", "secureworld", "kernel", "acquirer", "element-stdlib", "plainterminal", "hub", ownProgram}
}

// linkedNames are packages of which terminal must have no code, by the name that their
// functions begin with in a file's tables, which are there also where symbols are not.
func linkedNames() map[string]string {
	return map[string]string{
		"iso8583":   "github.com/moov-io/iso8583",
		"dukpt":     module + "secureworld/dukpt.",
		"sensitive": module + "secureworld/sensitive",
		"emv":       module + "reader/emv",
		"pprof":     "net/http/pprof.",
		"expvar":    "expvar.",
	}
}

// ReadBuild reads the programs' files: digest, modules, FIPS module, and which packages
// they have code of. A program that is not there is left out.
func ReadBuild(dir string) (Build, error) {
	var b Build
	for _, name := range programs() {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path) //nolint:gosec // a program of this product
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return b, err
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return b, err
		}
		b.Programs = append(b.Programs, program(name, content, info))
		if name == terminalProgram {
			b.about(info)
		}
	}
	return b, nil
}

func program(name string, content []byte, info *debug.BuildInfo) Program {
	p := Program{Name: name, SHA256: digest(content), FIPS: setting(info, "GOFIPS140"), Links: map[string]bool{}}
	for link, text := range linkedNames() {
		if name != ownProgram { // which has these words themselves
			p.Links[link] = bytes.Contains(content, []byte(text))
		}
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		p.Modules = append(p.Modules, Module{m.Path, m.Version, m.Sum})
	}
	return p
}

// about takes what is the same for all programs from one of them.
func (b *Build) about(info *debug.BuildInfo) {
	b.Go, b.Commit, b.Modified = info.GoVersion, setting(info, "vcs.revision"), setting(info, "vcs.modified") == "true"
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// AddGoSum tells the digest of go.sum, where the source tree is there.
func (b *Build) AddGoSum(tree string) {
	if sum, err := os.ReadFile(filepath.Join(tree, "go.sum")); err == nil { //nolint:gosec // the source tree
		b.GoSum = digest(sum)
	}
}
