package pool

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// LoadApplet brings one piece of a package to a group.
func (c *Client) LoadApplet(ctx context.Context, r element.LoadApplet) error {
	return verify(ctx, c, element.KindLoadApplet, r)
}

// AdmitApplet has a package verified and made ready by a group.
func (c *Client) AdmitApplet(ctx context.Context, r element.AdmitApplet) (element.AppletAdmitted, error) {
	return call[element.AppletAdmitted](ctx, c, element.KindAdmitApplet, r)
}

// RunApplet asks an applet. Callers over a bound wait for each other.
func (c *Client) RunApplet(ctx context.Context, r element.RunApplet) (element.AppletAnswer, error) {
	select {
	case c.runs <- struct{}{}:
		defer func() { <-c.runs }()
	case <-ctx.Done():
		return element.AppletAnswer{}, element.CodeUnavailable
	}
	return call[element.AppletAnswer](ctx, c, element.KindRunApplet, r)
}

// UnloadApplet has a package forgotten.
func (c *Client) UnloadApplet(ctx context.Context, r element.UnloadApplet) error {
	return verify(ctx, c, element.KindUnloadApplet, r)
}
