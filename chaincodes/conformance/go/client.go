package main

import "strings"

func (c *contract) ClientId(ctx context) (string, error) {
	return ctx.GetClientIdentity().GetID()
}

func (c *contract) ClientMspId(ctx context) (string, error) {
	return ctx.GetClientIdentity().GetMSPID()
}

func (c *contract) ClientSubject(ctx context) (string, error) {
	return ctx.GetClientIdentity().GetSubject()
}

func (c *contract) ClientIssuer(ctx context) (string, error) {
	return ctx.GetClientIdentity().GetIssuer()
}

func (c *contract) ClientUnits(ctx context) (string, error) {
	units, err := ctx.GetClientIdentity().GetOrganizationalUnits()
	return strings.Join(units, ","), err
}

func (c *contract) ClientAttribute(ctx context, name string) (string, error) {
	value, found, err := ctx.GetClientIdentity().GetAttributeValue(name)
	if err != nil || !found {
		return none, err
	}
	return value, nil
}

func (c *contract) ClientAttributes(ctx context) (string, error) {
	attributes, err := ctx.GetClientIdentity().GetAttributes()
	return sorted(attributes), err
}
