package upkeep

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/appstore"
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

// reasonOf translates an error for the control door: a code, nothing of the text.
func reasonOf(err error) control.Reason {
	for _, r := range []struct {
		err  error
		code control.Reason
	}{
		{image.ErrOlder, control.ReasonOlder}, {image.ErrOlderApplication, control.ReasonOlder}, {appstore.ErrOlder, control.ReasonOlder},
		{image.ErrKernel, control.ReasonKernel}, {image.ErrApplication, control.ReasonApplication}, {image.ErrDevice, control.ReasonDevice},
		{certificate.ErrSignature, control.ReasonSignature},
		{certificate.ErrNotYet, control.ReasonTime}, {certificate.ErrExpired, control.ReasonTime},
		{licence.ErrNotYet, control.ReasonTime}, {licence.ErrExpired, control.ReasonTime},
		{licence.ErrCustomer, control.ReasonCustomer}, {licence.ErrKernel, control.ReasonLicence},
		{image.ErrCountersignature, control.ReasonDenied}, {image.ErrDeveloper, control.ReasonSignature},
		{appstore.ErrFull, control.ReasonFull}, {appstore.ErrUnknown, control.ReasonNothing},
	} {
		if errors.Is(err, r.err) {
			return r.code
		}
	}
	return control.ReasonForm
}
