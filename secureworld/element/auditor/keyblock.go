package auditor

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// keyBlockAsker has the verbs of keys that come along whose answers are the same of
// every group. Derive and TranslatePINUnder have something of chance under keys that no
// auditor has, so their answers are compared within a group alone.
type keyBlockAsker interface {
	LoadKeyBlock(context.Context, element.LoadKeyBlock) (element.LoadedKey, error)
	OpenAccountUnder(context.Context, element.OpenAccountUnder) (element.Account, error)
}

// askOfKeyBlocks is Ask for those verbs.
func askOfKeyBlocks(ctx context.Context, c Asker, kind element.Kind, body []byte) ([]byte, error) {
	k, ok := c.(keyBlockAsker)
	switch {
	case ok && kind == element.KindLoadKeyBlock:
		return put(ctx, kind, body, k.LoadKeyBlock)
	case ok && kind == element.KindOpenAccountUnder:
		return put(ctx, kind, body, k.OpenAccountUnder)
	}
	return nil, element.CodeMalformed
}

// LoadKeyBlock has an answer of the group audited, where the client has the verb.
func (w *watched) LoadKeyBlock(ctx context.Context, r element.LoadKeyBlock) (element.LoadedKey, error) {
	k, ok := w.client().(keyBlockAsker)
	if !ok {
		return element.LoadedKey{}, element.CodeMalformed
	}
	return watch(ctx, w, element.KindLoadKeyBlock, r, k.LoadKeyBlock)
}

// OpenAccountUnder is likewise.
func (w *watched) OpenAccountUnder(ctx context.Context, r element.OpenAccountUnder) (element.Account, error) {
	k, ok := w.client().(keyBlockAsker)
	if !ok {
		return element.Account{}, element.CodeMalformed
	}
	return watch(ctx, w, element.KindOpenAccountUnder, r, k.OpenAccountUnder)
}
