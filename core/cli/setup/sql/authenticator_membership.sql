grant anon, authenticated, service_role to authenticator;
