package settings

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program has the flags of one that could be.
type program struct {
	listen, ca, fault string
	votes             int
	tell              bool
}

func (p *program) flags() *flag.FlagSet {
	f := flag.NewFlagSet("program", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&p.listen, "listen", "127.0.0.1:0", "")
	f.StringVar(&p.ca, "tls-ca", "", "")
	f.StringVar(&p.fault, "fault", "", "")
	f.IntVar(&p.votes, "votes", 2, "")
	f.BoolVar(&p.tell, "tell", false, "")
	return f
}

func load(t *testing.T, file string, environment []string, args ...string) (program, *Found, error) {
	t.Helper()
	var p program
	if file != "" {
		args = append(args, "-config", write(t, file, 0o644))
	}
	found, err := Parse(p.flags(), args, Options{Prefix: "STRONGROOM_X_", Environment: environment, FlagsOnly: []string{"fault"}})
	return p, found, err
}

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.conf")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsGoBeforeEnvironmentBeforeFile(t *testing.T) {
	file := "# of the shop\n\nlisten = 127.0.0.1:1\n  votes=3\ntls-ca = \"/etc/a b.pem\"\ntell = true\n"
	p, found, err := load(t, file, []string{"STRONGROOM_X_VOTES=4", "STRONGROOM_X_TLS_CA=/env.pem", "PATH=/bin", "STRONGROOM_X_FLAGS=-votes 5"}, "-votes", "5")
	if err != nil {
		t.Fatal(err)
	}
	if want := (program{"127.0.0.1:1", "/env.pem", "", 5, true}); p != want {
		t.Errorf("%+v", p)
	}
	for key, want := range map[string]Source{"votes": Flag, "tls-ca": Environment, "listen": File, "tell": File, "fault": Default} {
		if got := found.Source(key); got != want {
			t.Errorf("%s comes from %s", key, got)
		}
	}
	if strings.Join(found.Overridden, " ") != "tls-ca votes" {
		t.Errorf("overridden %v", found.Overridden)
	}
}

func TestTheFileMayBeNamedByAVariable(t *testing.T) {
	path := write(t, "votes = 7\n", 0o600)
	p, _, err := load(t, "", []string{"STRONGROOM_X_CONFIG=" + path})
	if err != nil || p.votes != 7 {
		t.Errorf("%v %+v", err, p)
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	const secret = "hunter2"
	for name, c := range map[string]struct {
		file string
		env  []string
		args []string
	}{
		"a misspelt key":               {file: "tls-cs = /" + secret},
		"a key in capitals":            {file: "TLS-CA = /" + secret},
		"a misspelt variable":          {env: []string{"STRONGROOM_X_TLS_CS=" + secret}},
		"a variable in small":          {env: []string{"STRONGROOM_X_tls_ca=" + secret}},
		"a variable with a dash":       {env: []string{"STRONGROOM_X_TLS-CA=" + secret}},
		"an empty variable":            {env: []string{"STRONGROOM_X_=" + secret}},
		"a misspelt flag":              {args: []string{"-tls-cs", secret}},
		"a key twice":                  {file: "votes = 3\nvotes = 3"},
		"no value":                     {file: "votes"},
		"no key":                       {file: "= " + secret},
		"a section":                    {file: "[" + secret + "]"},
		"a wrong value":                {file: "votes = " + secret},
		"a wrong variable":             {env: []string{"STRONGROOM_X_VOTES=" + secret}},
		"a switch that is none":        {file: "tell = " + secret},
		"an open quote":                {file: `tls-ca = "` + secret},
		"another escape":               {file: `tls-ca = "a\n` + secret + `"`},
		"a comment behind":             {file: "tls-ca = /a # " + secret},
		"a control character":          {file: "tls-ca = /a\x00" + secret},
		"what is no UTF-8":             {file: "tls-ca = /a\xff" + secret},
		"a test's key":                 {file: "fault = " + secret},
		"a test's variable":            {env: []string{"STRONGROOM_X_FAULT=" + secret}},
		"a file in the file":           {file: "config = /" + secret},
		"a check by a variable":        {env: []string{"STRONGROOM_X_CHECK_CONFIG=true"}},
		"a file that is not there":     {args: []string{"-config", "/nonexistent/" + secret}},
		"a folder":                     {args: []string{"-config", "/"}},
		"a long line":                  {file: "tls-ca = " + strings.Repeat("a", maxLine)},
		"a long file":                  {file: strings.Repeat("#\n", maxFile)},
		"a bad line that is overruled": {file: "votes = 3\nvotez = 4", args: []string{"-votes", "2"}},
	} {
		_, _, err := load(t, c.file, c.env, c.args...)
		if err == nil {
			t.Errorf("%s was taken", name)
		} else if strings.Contains(err.Error(), secret) && len(c.args) == 0 {
			t.Errorf("%s is quoted: %v", name, err)
		}
	}
}

func TestTheKeyThatWasMeantIsNamed(t *testing.T) {
	_, _, err := load(t, "votes = 3\ntls_ca = /a", nil)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
	_, _, err = load(t, "lisen = 1", nil)
	if !errors.Is(err, errUnknown) || !strings.Contains(err.Error(), "was listen meant?") {
		t.Errorf("%v", err)
	}
	if _, _, err = load(t, "wholly-different = 1", nil); !errors.Is(err, errUnknown) || strings.Contains(err.Error(), "meant") {
		t.Errorf("%v", err)
	}
}

func TestAFileThatOthersCanWriteIsRefused(t *testing.T) {
	for mode, taken := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o440: true, 0o664: false, 0o606: false, 0o666: false} {
		_, err := read(write(t, "votes = 3", mode))
		if (err == nil) != taken {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

// TestWhatIsWrittenCanBeReadAgain also holds the output of -check-config to the form of
// a file.
func TestWhatIsWrittenCanBeReadAgain(t *testing.T) {
	p, found, err := load(t, "", nil, "-check-config", "-tls-ca", `/a "b" \ #c`, "-listen", "")
	if err != nil || !found.Check {
		t.Fatal(err)
	}
	var out bytes.Buffer
	found.Write(&out)
	if !strings.Contains(out.String(), "# flag") || !strings.Contains(out.String(), "# default") {
		t.Error(out.String())
	}
	var file strings.Builder
	for l := range strings.Lines(out.String()) {
		setting := l[:strings.LastIndex(l, "#")]
		if !strings.HasPrefix(l, "fault") {
			file.WriteString(setting + "\n")
		}
	}
	again, _, err := load(t, file.String(), nil)
	if err != nil || again != p {
		t.Errorf("%v: %+v, not %+v\n%s", err, again, p, file.String())
	}
}

func TestAPasswordInAURLIsNotTold(t *testing.T) {
	_, found, err := load(t, "", nil, "-listen", "postgres://me:hunter2@db/ledger")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	found.Write(&out)
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "postgres://me:xxxxx@db/ledger") {
		t.Error(out.String())
	}
}

func FuzzFile(f *testing.F) {
	f.Add("# a\nlisten = 1\n")
	f.Add(`a = "b\"c\\"`)
	f.Add("a = b # c")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parse(text)
		if err != nil {
			if strings.Contains(text, "\n") && lines != nil {
				t.Error("lines with an error")
			}
			return
		}
		var again strings.Builder
		for _, l := range lines {
			again.WriteString(l.key + " = " + quoted(l.value) + "\n")
		}
		same, err := parse(again.String())
		if err != nil || len(same) != len(lines) {
			t.Fatalf("%v: %q", err, again.String())
		}
		for i := range same {
			if same[i].key != lines[i].key || same[i].value != lines[i].value {
				t.Errorf("%q became %q", lines[i].value, same[i].value)
			}
		}
	})
}
