// Package elements is how the operator looks at groups of secure elements: it asks
// each group's MCU for its picture and lays what it got out as star, branches, groups
// and elements, with rates counted between two looks.
//
// The operator's command and its page import it. It sees health and counts, never a
// key, a question or an answer, and it can change nothing.
package elements

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

const (
	// viewWithin: an MCU answers from memory.
	viewWithin = 2 * time.Second
	// maxFrame is the longest picture and the field's length before it.
	maxFrame = 32768 + 2
)

var errPicture = errors.New("the MCU does not answer with a picture")

// View asks the MCU at a Unix socket for the picture of its group.
func View(ctx context.Context, socket string) (p door.Picture, err error) {
	d := net.Dialer{Timeout: viewWithin}
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return p, errors.New("the MCU is not there")
	}
	defer conn.Close() //nolint:errcheck // asked once
	_ = conn.SetDeadline(time.Now().Add(viewWithin))
	if err := frame.Send(conn, door.KindView, door.View{}); err != nil {
		return p, errPicture
	}
	kind, body, err := frame.Read(conn, maxFrame)
	var v door.Viewed
	if err != nil || kind != door.KindView|door.KindAnswer || frame.Parse(body, &v) != nil || json.Unmarshal(v.Picture, &p) != nil {
		return p, errPicture
	}
	return p, nil
}
