package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// Figures are all that is counted.
type Figures struct {
	Programs   []Program `json:"programs"`
	Parts      []Part    `json:"parts"`
	Interfaces []Width   `json:"interfaces"`
}

// Part is a folder that belongs to what has to be trusted, whoever links it.
type Part struct {
	Name  string `json:"name"`
	Lines int    `json:"lines"`
}

// Width is how wide an interface is, beside its budget; 0 is none.
type Width struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Budget int    `json:"budget,omitempty"`
	Note   string `json:"note,omitempty"`
}

func measure(root, bin string) (f Figures, err error) {
	counted := counter{root: root, lines: map[string]int{}}
	for _, s := range programs() {
		p, err := s.measure(&counted, bin)
		if err != nil {
			return f, fmt.Errorf("%s: %w", s.name, err)
		}
		f.Programs = append(f.Programs, p)
	}
	for _, p := range parts() {
		lines, err := counted.folders(p.folders)
		if err != nil {
			return f, err
		}
		f.Parts = append(f.Parts, Part{p.name, lines})
	}
	f.Interfaces, err = interfaces(root)
	return f, err
}

// parts are counted by folder, subfolders included.
func parts() []struct {
	name    string
	folders []string
} {
	return []struct {
		name    string
		folders []string
	}{
		{"boot", []string{"secureworld/main.go", "secureworld/internal/boot", "secureworld/internal/upkeep", "secureworld/internal/slots", "secureworld/internal/appstore"}},
		{"verification of images and licences", []string{"secureworld/internal/image", "secureworld/internal/licence", "secureworld/internal/certificate", "secureworld/internal/entitlement"}},
		{"handover", []string{"secureworld/internal/handover"}},
		{"sandbox", []string{"secureworld/internal/sandbox"}},
		{"kernel", []string{"secureworld/kernel"}},
		{"payment application", []string{"secureworld/ta/payment"}},
		{"loyalty application", []string{"secureworld/ta/loyalty"}},
		{"tasdk", []string{"secureworld/tasdk"}},
		{"door: mailbox", []string{"secureworld/mailbox"}},
		{"door: control", []string{"secureworld/control"}},
		{"door: sred", []string{"secureworld/sred"}},
		{"door: pinentry", []string{"secureworld/pinentry"}},
		{"frames of all doors", []string{"secureworld/frame"}},
	}
}

func (f Figures) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "program\tfolder\tlinked, own\tlinked, others'\tmodules\tstandard library\tpackages\tbinary KiB\t")
	for _, p := range f.Programs {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", p.Name, p.Folder, p.Own, p.others(), len(p.Modules), p.Standard, p.StandardPackages, p.Binary>>10)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, p := range f.Programs {
		for _, m := range p.Modules {
			fmt.Fprintf(w, "  %s links %s %s: %d packages, %d lines\n", p.Name, m.Path, m.Version, m.Packages, m.Lines)
		}
	}
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\npart\tlines")
	for _, p := range f.Parts {
		fmt.Fprintf(t, "%s\t%d\n", p.Name, p.Lines)
	}
	fmt.Fprintln(t, "\ninterface\tcount\tbudget\t")
	for _, i := range f.Interfaces {
		budget := "-"
		if i.Budget != 0 {
			budget = fmt.Sprint(i.Budget)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", i.Name, i.Count, budget, i.Note)
	}
	return t.Flush()
}

// size of a built program; 0 where it was not built.
func size(bin, name string) int64 {
	info, err := os.Stat(filepath.Join(bin, name))
	if err != nil {
		return 0
	}
	return info.Size()
}

func sorted(modules map[string]*Module) (out []Module) {
	for _, m := range modules {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Module) int { return b.Lines - a.Lines })
	return out
}
