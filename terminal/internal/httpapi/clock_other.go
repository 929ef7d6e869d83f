//go:build !linux

package httpapi

import "time"

func clockNow() clockState { return clockState{now: time.Now()} }
