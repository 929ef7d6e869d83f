package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

// routesUnderV1 are those that the terminal has, as the rules write them.
func routesUnderV1(t *testing.T) map[string]bool {
	t.Helper()
	a, r, all := &api{}, chi.NewRouter(), map[string]bool{}
	r.Route("/v1", func(r chi.Router) { a.pairedRoutes(r); a.pairingRoutes(r) })
	err := chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		all[method+" "+route] = true
		return nil
	})
	if err != nil || len(all) < 30 {
		t.Fatalf("%d routes, %v", len(all), err)
	}
	return all
}

func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	routes := routesUnderV1(t)
	for route := range routes {
		if _, ok := rules[route]; !ok {
			t.Errorf("%s has no line in rules, so no paired till can use it", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(rules)) {
		if !routes[route] {
			t.Errorf("the line %s is of no route", route)
		}
	}
}

// What changes something, or tells of money, is never open.
func TestOnlyPairingIsOpen(t *testing.T) {
	for route, r := range rules {
		if r.open && !strings.Contains(route, " /v1/pairing/requests") {
			t.Errorf("%s is open", route)
		}
		if r.open && r.need != 0 {
			t.Errorf("%s is open and needs a scope", route)
		}
		if strings.Contains(route, "/v1/p") && !strings.Contains(route, "pairing") && r.need == 0 {
			t.Errorf("%s needs no scope", route)
		}
	}
}
