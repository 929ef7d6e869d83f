package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// Budgets that were proposed before the first line was written.
const (
	budgetCalls    = 33 // system calls that any Go program of this kind needs
	budgetCommands = 20 // mailbox commands of a payment terminal
)

func interfaces(root string) (out []Width, err error) {
	in := func(folders ...string) (c constants) {
		for _, folder := range folders {
			if err == nil {
				err = c.read(filepath.Join(root, folder))
			}
		}
		return c
	}
	mailbox := in("secureworld/mailbox")
	sandbox := in("secureworld/internal/sandbox")
	payment, sdk, licensing := in("secureworld/ta/payment/call"), in("secureworld/tasdk"), in("secureworld/licensing")
	control, handover := in("secureworld/control"), in("secureworld/internal/handover")
	if err != nil {
		return nil, err
	}
	base, sockets, files := sandbox.calls["runtimeCalls"], sandbox.calls["socketCalls"], sandbox.calls["fileCalls"]
	conditional := strings.Count(strings.Join(sandbox.conditional, " "), "SYS_")
	payments, services, applications := mailbox.commands()
	return []Width{
		{"mailbox commands: payment and terminal", payments, budgetCommands, "the budget was set for these alone"},
		{"mailbox commands: cryptographic services", services, 0, "asked for afterwards"},
		{"mailbox commands: trusted applications", applications, 0, "asked for afterwards"},
		{"mailbox commands: all", payments + services + applications, budgetCommands, "over the original budget with services and applications"},
		{"host functions: payment application", payment.named("Host"), 0, ""},
		{"host functions: every application", sdk.named("Fn") + licensing.named("HostFunction") - sdk.named("FnEnd"), 0, ""},
		{"operations of the payment application", payment.named("Op"), 0, ""},
		{"system calls of the kernel: base", base + conditional, budgetCalls, fmt.Sprintf("%d of them with conditions on their arguments", conditional)},
		{"system calls of the kernel: sockets", sockets, 0, ""},
		{"system calls of the kernel: files", files, 0, ""},
		{"system calls of the kernel: all", base + conditional + sockets + files, 0, ""},
		{"system calls of the kernel: refused without a kill", sandbox.calls["refused"], 0, ""},
		{"messages of the operator's door", control.messages, 0, "both directions"},
		{"messages between boot and kernel", handover.messages, 0, "both directions"},
	}, nil
}

// constants are what a folder declares.
type constants struct {
	names       []string
	values      map[string]uint64 // of those that are written as numbers
	calls       map[string]int    // SYS_ names by the function that lists them
	conditional []string          // SYS_ names that are given with a condition
	messages    int               // methods named kind
}

func (c *constants) read(folder string) error {
	if c.values == nil {
		c.values, c.calls = map[string]uint64{}, map[string]int{}
	}
	return filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			c.declaration(d)
		}
		return nil
	})
}

func (c *constants) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		if d.Tok == token.CONST {
			for _, s := range d.Specs {
				c.constant(s.(*ast.ValueSpec)) //nolint:forcetypeassert // a constant's
			}
		}
	case *ast.FuncDecl:
		if d.Recv != nil && d.Name.Name == "kind" {
			c.messages++ // every message of these doors says its kind
		}
		ast.Inspect(d, func(n ast.Node) bool { return c.call(d.Name.Name, n) })
	}
}

func (c *constants) constant(s *ast.ValueSpec) {
	for i, name := range s.Names {
		c.names = append(c.names, name.Name)
		if i < len(s.Values) {
			if l, ok := s.Values[i].(*ast.BasicLit); ok && l.Kind == token.INT {
				c.values[name.Name], _ = strconv.ParseUint(l.Value, 0, 64) // what compiles is a number
			}
		}
	}
}

// call counts what is named in a function that lists calls or sets a condition.
func (c *constants) call(function string, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "withBits" && len(n.Args) > 0 {
			if s, ok := n.Args[0].(*ast.SelectorExpr); ok {
				c.conditional = append(c.conditional, s.Sel.Name)
			}
		}
	case *ast.SelectorExpr:
		if strings.HasPrefix(n.Sel.Name, "SYS_") {
			c.calls[function]++
		}
	}
	return true
}

// named counts constants whose name begins so.
func (c *constants) named(prefix string) (n int) {
	for _, name := range c.names {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return n
}

// commands are the kinds of question: their numbers lie below 80.
func (c *constants) commands() (payments, services, applications int) {
	for name, v := range c.values {
		switch {
		case !strings.HasPrefix(name, "Kind") || v == 0 || v >= 0x80:
		case v < 0x10:
			payments++
		case v < 0x20:
			services++
		default:
			applications++
		}
	}
	return payments, services, applications
}
