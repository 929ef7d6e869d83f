package docs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
)

// tables are the parts of the reference that are written from the sources: what stands
// between the marker of a name and its end on a page is what these say.
func tables() map[string]func(root string) (string, error) {
	return map[string]func(string) (string, error){
		"routes":         routes,
		"problems":       problems,
		"keys":           keys,
		"flags terminal": func(root string) (string, error) { return flagsOf(root, "terminal") },
		"flags acquirer": func(root string) (string, error) { return flagsOf(root, "acquirer") },
	}
}

// routes are those of the OpenAPI document, in its order of paths.
func routes(root string) (string, error) {
	b, err := os.ReadFile(filepath.Join(root, "terminal/internal/httpapi/openapi.json"))
	if err != nil {
		return "", err
	}
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(b, &document); err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| route | does |\n|---|---|\n")
	paths := make([]string, 0, len(document.Paths))
	for path := range document.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		for _, method := range []string{"get", "post", "put", "delete"} {
			raw, ok := document.Paths[path][method]
			if !ok {
				continue
			}
			var operation struct {
				Summary string `json:"summary"`
			}
			if err := json.Unmarshal(raw, &operation); err != nil {
				return "", err
			}
			fmt.Fprintf(&out, "| `%s %s` | %s |\n", strings.ToUpper(method), path, operation.Summary)
		}
	}
	return out.String(), nil
}

// problems are the one table of what can go wrong at the interface.
func problems(root string) (string, error) {
	codes, err := os.ReadFile(filepath.Join(root, "terminal/sale/problem.go"))
	if err != nil {
		return "", err
	}
	kinds, err := os.ReadFile(filepath.Join(root, "terminal/internal/httpapi/problem.go"))
	if err != nil {
		return "", err
	}
	code := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+) +Problem = "(\w+)"`).FindAllStringSubmatch(string(codes), -1) {
		code[m[1]] = m[2]
	}
	rule := map[string]string{"never": "never", "sameKey": "same_key", "afterSeconds": "after_seconds", "newKeyAfter": "new_key_after"}
	var out strings.Builder
	out.WriteString("| HTTP | code | retry | means |\n|---|---|---|---|\n")
	found := regexp.MustCompile(`sale\.(\w+): +\{(\d+), (\w+), "[^"]*", "([^"]*)"\}`).FindAllStringSubmatch(string(kinds), -1)
	for _, m := range found {
		fmt.Fprintf(&out, "| %s | `%s` | %s | %s |\n", m[2], code[m[1]], rule[m[3]], m[4])
	}
	if len(found) < 30 || strings.Contains(out.String(), "``") {
		return "", errors.New("the table of problems has another form than it had")
	}
	return out.String(), nil
}

func keys(string) (string, error) {
	var out strings.Builder
	out.WriteString("| key | algorithm | who holds it | for |\n|---|---|---|---|\n")
	for _, k := range keyregistry.All() {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", k.Name, k.Algorithm, k.Custodian, k.Usage)
	}
	return out.String(), nil
}

// flagsOf are what a built program says of its own flags.
func flagsOf(root, program string) (string, error) {
	b, _ := exec.Command(filepath.Join(root, "bin", program), "-h").CombinedOutput() //nolint:gosec // ends with a status of its own
	lines := regexp.MustCompile(`(?m)^  -(\S+)(?: (\S+))?\n    \t(.*)$`).FindAllStringSubmatch(string(b), -1)
	if len(lines) < 5 {
		return "", fmt.Errorf("bin/%s does not tell its flags: make build", program)
	}
	var out strings.Builder
	out.WriteString("| flag | value | meaning |\n|---|---|---|\n")
	for _, m := range lines {
		fmt.Fprintf(&out, "| `-%s` | %s | %s |\n", m[1], m[2], strings.ReplaceAll(m[3], "|", `\|`))
	}
	return out.String(), nil
}

const (
	marker = "<!-- "
	end    = "<!-- end -->\n"
)

// written is the page with its tables written anew.
func written(page, root string) (string, error) {
	for name, table := range tables() {
		begin := marker + name + " -->\n"
		before, rest, found := strings.Cut(page, begin)
		if !found {
			continue
		}
		_, after, found := strings.Cut(rest, end)
		if !found {
			return "", errors.New("the table has no end: " + name)
		}
		text, err := table(root)
		if err != nil {
			return "", err
		}
		page = before + begin + text + end + after
	}
	return page, nil
}
