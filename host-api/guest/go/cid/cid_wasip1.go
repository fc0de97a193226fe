package cid

import (
	"errors"
	"slices"

	"fabric-contract/internal/host"
)

type client struct{}

// New returns the client of the call.
func New() ClientIdentity {
	return client{}
}

func (client) GetID() (string, error) {
	return text(host.ClientID())
}

func (client) GetMSPID() (string, error) {
	return text(host.ClientMSPID())
}

func (client) GetAttributeValue(name string) (value string, found bool, err error) {
	attribute, err := host.Optional(host.ClientAttribute(name))
	return string(attribute), attribute != nil, err
}

func (client) GetAttributes() (map[string]string, error) {
	result := host.ClientAttributes()
	if err := host.Check(result); err != nil {
		return nil, err
	}
	attributes := make(map[string]string)
	for name, value := range host.Pairs(result) {
		attributes[name] = string(value)
	}
	return attributes, nil
}

func (c client) AssertAttributeValue(name, value string) error {
	attribute, found, err := c.GetAttributeValue(name)
	switch {
	case err != nil:
		return err
	case !found:
		return errors.New("attribute '" + name + "' was not found")
	case attribute != value:
		return errors.New("attribute '" + name + "' equals '" + attribute + "', not '" + value + "'")
	}
	return nil
}

func (client) GetSubject() (string, error) {
	return text(host.ClientSubject())
}

func (client) GetIssuer() (string, error) {
	return text(host.ClientIssuer())
}

func (client) GetOrganizationalUnits() ([]string, error) {
	result := host.ClientOrganizationalUnits()
	return host.Texts(0, result), host.Check(result)
}

func (c client) HasOUValue(unit string) (bool, error) {
	units, err := c.GetOrganizationalUnits()
	return slices.Contains(units, unit), err
}

func text(result int32) (string, error) {
	value, err := host.Optional(result)
	return string(value), err
}
