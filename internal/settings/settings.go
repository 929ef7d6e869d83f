// Package settings reads what a program is told: flags before environment before file.
//
// A key has one name: the flag -mailbox-ca is the line "mailbox-ca = …" of the file and
// the variable STRONGROOM_TERMINAL_MAILBOX_CA. The file is "key = value" lines, as
// operators write them for sysctl, PostgreSQL and systemd's EnvironmentFile: flat like
// the flags, with comments, and without a parser that must itself be trusted.
//
// What is not understood is refused, wherever it stands: a key that is misspelt would
// leave out what it was to switch on. A key that could hold a secret names a file.
//
// Terminal and acquirer import it. It must never hold a secret, and its errors do not
// quote what was written.
package settings

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Source is where a value came from.
type Source string

// Sources, the strongest first.
const (
	Flag        Source = "flag"
	Environment Source = "environment"
	File        Source = "file"
	Default     Source = "default"
)

// Flags that every program has.
const (
	configFlag = "config"
	checkFlag  = "check-config"
)

// flagsVariable is the rest of the variable from which a systemd unit takes flags for
// the command line. They have come with the others.
const flagsVariable = "FLAGS"

// Options say what is read.
type Options struct {
	// Prefix is that of the program's variables, "STRONGROOM_TERMINAL_".
	Prefix string
	// Environment is os.Environ().
	Environment []string
	// FlagsOnly are keys that neither file nor environment may set: what is for tests
	// must not come from where nobody looks.
	FlagsOnly []string
}

// Found tells what was set, and by whom.
type Found struct {
	// Check is true where the program shall look at its settings and end.
	Check bool
	// Overridden are keys for which the environment says something else than the file.
	Overridden []string

	flags   *flag.FlagSet
	sources map[string]Source
	options Options
}

// Parse sets the flags of f from args, then from the environment, then from the file
// that -config names. f's own error is returned as it is; so is flag.ErrHelp.
func Parse(f *flag.FlagSet, args []string, o Options) (*Found, error) {
	found := &Found{flags: f, sources: map[string]Source{}, options: o}
	file := f.String(configFlag, "", "`file` of settings, lines of key = value, a key being a flag's name")
	f.BoolVar(&found.Check, checkFlag, false, "say what is in force and where it came from, and end")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	f.Visit(func(g *flag.Flag) { found.sources[g.Name] = Flag })
	variables, err := found.variables()
	if err != nil {
		return nil, err
	}
	if path, ok := variables[configFlag]; ok && found.sources[configFlag] == "" {
		*file, found.sources[configFlag] = path, Environment
	}
	delete(variables, configFlag)
	lines, err := read(*file)
	if err != nil {
		return nil, err
	}
	return found, errors.Join(found.fromEnvironment(variables, lines), found.fromFile(lines))
}

// variables are those of this program, by key.
func (s *Found) variables() (map[string]string, error) {
	out := map[string]string{}
	for _, v := range s.options.Environment {
		name, value, _ := strings.Cut(v, "=")
		rest, ours := strings.CutPrefix(name, s.options.Prefix)
		if !ours || rest == flagsVariable {
			continue
		}
		key := strings.ToLower(strings.ReplaceAll(rest, "_", "-"))
		if err := s.known(key, key != configFlag); err != nil || rest != variable(key) {
			return nil, fmt.Errorf("a variable that begins with %s: %w", s.options.Prefix, orCapitals(err))
		}
		out[key] = value
	}
	return out, nil
}

func variable(key string) string { return strings.ToUpper(strings.ReplaceAll(key, "-", "_")) }

func orCapitals(err error) error {
	if err == nil {
		return errors.New("its name is written in capitals")
	}
	return err
}

// known refuses a key that no flag has, and one that only a flag may set.
func (s *Found) known(key string, settable bool) error {
	switch {
	case settable && (key == configFlag || key == checkFlag) || slices.Contains(s.options.FlagsOnly, key):
		return errors.New("only a flag may say this")
	case s.flags.Lookup(key) == nil:
		return unknown(key, s.keys())
	}
	return nil
}

func (s *Found) keys() (keys []string) {
	s.flags.VisitAll(func(g *flag.Flag) { keys = append(keys, g.Name) })
	return keys
}

func (s *Found) fromEnvironment(variables map[string]string, lines []line) error {
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		value := variables[key]
		if slices.ContainsFunc(lines, func(l line) bool { return l.key == key && l.value != value }) {
			s.Overridden = append(s.Overridden, key)
		}
		if s.sources[key] != "" {
			continue
		}
		if s.flags.Set(key, value) != nil {
			return fmt.Errorf("%s%s has no right value", s.options.Prefix, variable(key))
		}
		s.sources[key] = Environment
	}
	return nil
}

// fromFile looks at every line, also at those that somebody else has overruled.
func (s *Found) fromFile(lines []line) error {
	for _, l := range lines {
		if err := s.known(l.key, true); err != nil {
			return fmt.Errorf("line %d of the settings: %w", l.number, err)
		}
		if s.sources[l.key] != "" {
			continue
		}
		if s.flags.Set(l.key, l.value) != nil {
			return fmt.Errorf("line %d of the settings: no right value for %s", l.number, l.key)
		}
		s.sources[l.key] = File
	}
	return nil
}

// Source tells who set a key.
func (s *Found) Source(key string) Source {
	if from := s.sources[key]; from != "" {
		return from
	}
	return Default
}

// Write writes what is in force as a file of settings, and after each value where it
// came from.
func (s *Found) Write(w io.Writer) {
	s.flags.VisitAll(func(g *flag.Flag) {
		if g.Name == configFlag || g.Name == checkFlag {
			return
		}
		fmt.Fprintf(w, "%-20s = %-40s # %s\n", g.Name, quoted(shown(g.Value.String())), s.Source(g.Name))
	})
}

// shown leaves a password out of a URL: one can stand there, although none should.
func shown(value string) string {
	if u, err := url.Parse(value); err == nil && u.User != nil {
		return u.Redacted()
	}
	return value
}
