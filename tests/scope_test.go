// Package tests holds what is true of the whole product: the imports of every
// program, the fields of the app world's door, the contents of the repository,
// and, over the real binaries, what a payment does.
//
// Nobody may import it. It must never hold a secret that is not a test's own.
package tests

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/tests/internal/scope"
)

var updateClosures = flag.Bool("update-closures", false, "write tests/testdata/closure anew")

func TestScopeEveryProgramLinksOnlyWhatItMay(t *testing.T) {
	p := scopePolicy()
	linked := closures(t, p)
	for _, prog := range p.Programs {
		if c, ok := linked[prog.Name]; ok {
			report(t, p.CheckClosure(prog, c))
		}
	}
	readModuleFiles(t)
	files, foreign, err := scope.Sources(moduleRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	report(t, p.CheckSources(files, foreign, linked))
}

func TestScopeForbiddenPackagesExist(t *testing.T) {
	for _, prog := range scopePolicy().Programs {
		for _, l := range prog.Forbidden {
			if _, err := os.Stat(filepath.Join(goRoot(t), "src", l.Path())); err != nil {
				t.Errorf("%s forbids %s, which the standard library does not have", prog.Name, l.Path())
			}
		}
	}
}

func TestScopeClosuresAreAsCommitted(t *testing.T) {
	p := scopePolicy()
	folder := filepath.Join("testdata", "closure")
	want := map[string]bool{}
	for name, c := range closures(t, p) {
		file := filepath.Join(folder, name+".txt")
		want[filepath.Base(file)] = true
		if *updateClosures {
			write(t, file, c.Text(p))
		}
		compareClosure(t, name, file, c.Text(p))
	}
	refuseStrays(t, folder, want)
}

func compareClosure(t *testing.T, name, file, text string) {
	t.Helper()
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s: %v (make scope-update writes it)", name, err)
		return
	}
	if added, removed := difference(string(committed), text); len(added)+len(removed) > 0 {
		t.Errorf("%s links other packages than committed (make scope-update writes them)\nnew:  %s\ngone: %s",
			name, strings.Join(added, ", "), strings.Join(removed, ", "))
	}
}

// refuseStrays names files of programs that the policy does not have.
func refuseStrays(t *testing.T, folder string, want map[string]bool) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !want[e.Name()] {
			t.Errorf("%s is the closure of no program", e.Name())
		}
	}
}

// Opaque fields have room for an account number. Each reason says why none can
// get there.
func opaqueFields() []line {
	return []line{
		{"payment.ID", "random, chosen by the app world itself; the secure world only repeats it"},
		{"payment.Token", "a keyed hash, cut to 128 bits, formed in the payment application"},
		{"payment.Digest", "SHA-256 of code or of the log, computed by boot and kernel"},
		{"payment.Cryptogram", "the card's MAC; the receipt prints it (EMV Book 4, 11.4)"},
		{"Evidence.Evidence", "the kernel's own measurements, under its signature; nothing of a card or an application"},
		{"Proof.Signature", "the kernel's, over nonces and the licence"},
		{"payment.MerchantID", "DE 42 has fifteen characters; set by signed configuration, not by a card"},
	}
}

// serviceFields are the only ones in which bytes of any meaning cross the mailbox.
// What answers them reaches no account data: mailbox's package comment says why.
func serviceFields() (lines []line) {
	const back = "what the app world put in, or what a key of its own made of that"
	for _, field := range []string{
		"Generate.Label", "Find.Label", "Sign.Message", "MAC.Message", "Seal.Plaintext", "Seal.Extra", "Open.Sealed", "Open.Extra",
		"PutCertificate.Name", "PutCertificate.DER", "GetCertificate.Name", "DeleteCertificate.Name",
		"VerifyWith.Name", "VerifyWith.Message", "VerifyWith.Signature", "EncryptWith.Name", "EncryptWith.Plaintext", "EncryptWith.Extra",
		"PutData.Name", "PutData.Value", "GetData.Name", "DeleteData.Name",
		"Certificate.DER", "Signature.Signature", "Tag.Tag", "Sealed.Sealed", "Opened.Plaintext", "Data.Value",
	} {
		lines = append(lines, line{field, back})
	}
	return lines
}

// applicationFields carry what the app world and a trusted application without account
// data tell each other; the kernel refuses the others.
func applicationFields() (lines []line) {
	for _, field := range []string{"Invoke.Application", "Invoke.Request", "Invoked.Answer", "Inspected.Name"} {
		lines = append(lines, line{field, "of an application that never has account data"})
	}
	return lines
}

func TestScopeMailboxFieldsAreNumbersBooleansOrClosedTypes(t *testing.T) {
	module := scopePolicy().Module
	messages := mailbox.Messages()
	if len(messages) == 0 {
		t.Fatal("the mailbox names no messages")
	}
	for _, p := range scope.Fields(messages, module+"/secureworld/mailbox", module+"/secureworld/payment", slices.Concat(opaqueFields(), serviceFields(), applicationFields())) {
		t.Error(p.Text)
	}
}

// A struct that is sent but missing in Messages would escape the check above.
func TestScopeEveryExportedStructOfTheMailboxIsAMessageOrPartOfOne(t *testing.T) {
	known := scope.StructNames(mailbox.Messages())
	// Ends of the door and its errors, not what crosses it.
	for _, name := range []string{"Client", "Server", "RefusedError"} {
		known[name] = true
	}
	declared, err := scope.DeclaredStructs(filepath.Join(moduleRoot(t), "secureworld", "mailbox"))
	if err != nil {
		t.Fatal(err)
	}
	if len(declared) == 0 {
		t.Fatal("no struct found: the check is blind")
	}
	for _, name := range declared {
		if !known[name] {
			t.Errorf("mailbox.%s is exported, but Messages does not reach it", name)
		}
	}
}

// report fails on every problem.
func report(t *testing.T, problems []scope.Problem) {
	t.Helper()
	for _, p := range problems {
		t.Error(p.Text)
	}
}

func closures(t *testing.T, p *scope.Policy) scope.Closures {
	t.Helper()
	linked := scope.Closures{}
	for _, prog := range p.Programs {
		c, err := scope.List(moduleRoot(t), prog)
		if err != nil {
			t.Error(err)
			continue
		}
		linked[prog.Name] = c
	}
	return linked
}

// readModuleFiles makes the versions an input of the test cache, which does not
// see what the go command reads.
func readModuleFiles(t *testing.T) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		if _, err := os.ReadFile(filepath.Join(moduleRoot(t), name)); err != nil {
			t.Fatal(err)
		}
	}
}

func difference(old, current string) (added, removed []string) {
	before, after := strings.Split(old, "\n"), strings.Split(current, "\n")
	for _, l := range after {
		if !slices.Contains(before, l) {
			added = append(added, l)
		}
	}
	for _, l := range before {
		if !slices.Contains(after, l) {
			removed = append(removed, l)
		}
	}
	return added, removed
}

func TestScopeADifferenceBetweenClosuresIsSeen(t *testing.T) {
	added, removed := difference("a\nb\n", "a\nc\n")
	if !slices.Equal(added, []string{"c"}) || !slices.Equal(removed, []string{"b"}) {
		t.Errorf("added %v, removed %v", added, removed)
	}
}
