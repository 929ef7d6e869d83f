package pool

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// LoadKeyBlock asks what a key block is, and whether it may be used.
func (c *Client) LoadKeyBlock(ctx context.Context, r element.LoadKeyBlock) (element.LoadedKey, error) {
	return call[element.LoadedKey](ctx, c, element.KindLoadKeyBlock, r)
}

// Derive makes a device's initial key, as a key block.
func (c *Client) Derive(ctx context.Context, r element.Derive) (element.DerivedKey, error) {
	return call[element.DerivedKey](ctx, c, element.KindDerive, r)
}

// TranslatePINUnder is TranslatePIN with keys that come along.
func (c *Client) TranslatePINUnder(ctx context.Context, r element.TranslatePINUnder) (element.Translated, error) {
	return call[element.Translated](ctx, c, element.KindTranslatePINUnder, r)
}

// OpenAccountUnder is OpenAccount with a key that comes along.
func (c *Client) OpenAccountUnder(ctx context.Context, r element.OpenAccountUnder) (element.Account, error) {
	return call[element.Account](ctx, c, element.KindOpenAccountUnder, r)
}
