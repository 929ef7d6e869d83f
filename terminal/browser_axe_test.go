package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// The checker of accessibility: a package of the npm registry, of one version and
// content, kept in var/npm and never part of what is built.
const (
	axePackage = "axe-core@4.10.3"
	axeFile    = "axe-core-4.10.3.tgz"
	axeDigest  = "5e6edba515e70d25f6604d9815f064d859c5d1ea7ab661bbc4f87c88779ef0c21cae0abbeb636471ef39e9d62d2582e4b88a1866f19f4ecfcf6d986275e4dc12"
	axeTags    = `["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa"]`
	maxAxe     = 4 << 20
)

// axe is the checker's script, fetched once.
var axe = sync.OnceValues(func() (string, error) {
	dir := filepath.Join("..", "var", "npm")
	file := filepath.Join(dir, axeFile)
	packed, err := os.ReadFile(file)
	if err != nil {
		if packed, err = fetchAxe(dir, file); err != nil {
			return "", err
		}
	}
	if digest := sha512.Sum512(packed); hex.EncodeToString(digest[:]) != axeDigest {
		return "", errors.New("the package of the checker is not the one that was looked at")
	}
	return unpackAxe(packed)
})

func fetchAxe(dir, file string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	ctx, end := context.WithTimeout(context.Background(), 2*time.Minute)
	defer end()
	fetch := exec.CommandContext(ctx, "npm", "pack", "--silent", axePackage)
	fetch.Dir = dir
	if out, err := fetch.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %w\n%s", axePackage, err, out)
	}
	return os.ReadFile(file)
}

func unpackAxe(packed []byte) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if err != nil {
			return "", err
		}
		if h.Name == "package/axe.min.js" {
			script, err := io.ReadAll(io.LimitReader(files, maxAxe))
			return string(script), err
		}
	}
}

// finding is a rule that a page breaks, and where.
type finding struct {
	ID    string   `json:"id"`
	Nodes []string `json:"nodes"`
}

// check asks the checker about what the page shows. The script comes by the
// debugging protocol, so that the page's own policy stays as it is.
func (s *shop) check(screen string) []finding {
	s.t.Helper()
	script, err := axe()
	if err != nil {
		s.t.Fatalf("the checker of accessibility: %v", err)
	}
	there, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](`typeof axe === "object"`))
	if err != nil {
		s.t.Fatal(err)
	}
	if !there {
		s.do("bring the checker", chromedp.Evaluate[chromedp.Void](script+";void 0"))
	}
	answer, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(async () => {
		await Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finished.catch(() => {})));
		const r = await axe.run(document, {runOnly: {type: "tag", values: `+axeTags+`}, resultTypes: ["violations"]});
		return JSON.stringify({rules: r.passes.length, found: r.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.target.join(" ") + ": " + (n.any[0]?.message || n.all[0]?.message || n.none[0]?.message || "")).slice(0, 4)}))});
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		s.t.Fatalf("checking %s: %v", screen, err)
	}
	var result struct {
		Rules int       `json:"rules"`
		Found []finding `json:"found"`
	}
	if err := json.Unmarshal([]byte(answer), &result); err != nil || result.Rules < 10 {
		s.t.Fatalf("checking %s: %d rules hold: %v", screen, result.Rules, err)
	}
	return result.Found
}

// accessible asserts that the checker finds nothing.
func (s *shop) accessible(screen string) {
	s.t.Helper()
	for _, f := range s.check(screen) {
		s.t.Errorf("%s: %s:\n\t%s", screen, f.ID, strings.Join(f.Nodes, "\n\t"))
	}
	s.shoot("axe-" + screen)
}

// spoilt asserts that the checker sees what is wrong with a page that was spoilt.
func (s *shop) spoilt() {
	s.t.Helper()
	s.do("spoil", chromedp.Evaluate[chromedp.Void](`(() => {
		const b = document.createElement("button"); b.id = "spoilt"; document.querySelector("#pad").append(b);
		document.querySelector("#amount-label").style.color = "var(--line)";
		for (const k of document.querySelectorAll(".keys button")) { k.style.minHeight = "12px"; k.style.height = "12px"; }
		document.querySelector(".keys").style.cssText = "gap:0; grid-auto-rows:12px; min-height:0; max-height:none; flex:none";
		document.documentElement.lang = "";
	})(), void 0`))
	var ids []string
	for _, f := range s.check("spoilt") {
		ids = append(ids, f.ID)
	}
	for _, want := range []string{"button-name", "color-contrast", "target-size", "html-has-lang"} {
		if !slices.Contains(ids, want) {
			s.t.Errorf("the checker finds %q on a spoilt page, not %s", ids, want)
		}
	}
}
