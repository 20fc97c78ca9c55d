--
-- PostgreSQL database dump
--

-- Dumped from database version 15.8
-- Dumped by pg_dump version 15.18

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;


COPY auth.audit_log_entries (instance_id, id, payload, created_at, ip_address) FROM stdin;
00000000-0000-0000-0000-000000000000	0e5c5a0e-0000-4000-8000-000000000001	{"action":"login","actor_id":"7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001","actor_username":"ada@example.com","actor_via_sso":false,"log_type":"account","traits":{"provider":"email"}}	2026-03-02 09:15:00.123456+00	
\N	0e5c5a0e-0000-4000-8000-000000000002	\N	\N	203.0.113.7
\.


COPY auth.flow_state (id, user_id, auth_code, code_challenge_method, code_challenge, provider_type, provider_access_token, provider_refresh_token, created_at, updated_at, authentication_method, auth_code_issued_at) FROM stdin;
0f10a000-0000-4000-8000-000000000001	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	0f10a000-0000-4000-8000-0000000000aa	s256	E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM	email			2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	magiclink	\N
\.


COPY auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, invited_at, confirmation_token, confirmation_sent_at, recovery_token, recovery_sent_at, email_change_token_new, email_change, email_change_sent_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, is_super_admin, created_at, updated_at, phone, phone_confirmed_at, phone_change, phone_change_token, phone_change_sent_at, email_change_token_current, email_change_confirm_status, banned_until, reauthentication_token, reauthentication_sent_at, is_sso_user, deleted_at, is_anonymous) FROM stdin;
00000000-0000-0000-0000-000000000000	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	authenticated	authenticated	ada@example.com	$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy	2026-03-02 09:15:00.123456+00	\N		\N		\N			\N	2026-03-02 09:15:00.123456+00	{"provider": "email", "providers": ["email"]}	{"name": "Ada \\"the first\\"", "email_verified": true}	\N	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	\N			\N		0	\N		\N	f	\N	f
00000000-0000-0000-0000-000000000000	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a002	authenticated	authenticated	grace@example.com	$argon2id$v=19$m=65536,t=3,p=2$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo	2026-03-02 09:15:00.123456+00	\N		\N		\N			\N	\N	{"provider": "email", "providers": ["email"]}	{}	\N	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	15555550100	\N			\N		0	\N		\N	f	\N	f
00000000-0000-0000-0000-000000000000	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a003	authenticated	authenticated	alan@example.com	$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$ZGVyaXZlZC1rZXktb2YtdGhlLXBhc3N3b3Jk	2026-03-02 09:15:00.123456+00	\N		\N		\N			\N	\N	{"provider": "email", "providers": ["email"]}	{}	\N	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	\N			\N		0	\N		\N	f	\N	f
\N	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a004	authenticated	authenticated	old@example.com	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	f	\N	f
\.


COPY auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at, id) FROM stdin;
7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	{"sub": "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001", "email": "Ada@Example.com", "email_verified": true}	email	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	1de00000-0000-4000-8000-000000000001
108204268033311374519	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a002	{"iss": "https://accounts.google.com", "sub": "108204268033311374519", "email": "grace@example.com"}	google	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	1de00000-0000-4000-8000-000000000002
\.


COPY auth.instances (id, uuid, raw_base_config, created_at, updated_at) FROM stdin;
\.


COPY auth.oauth_clients (id, client_secret_hash, registration_type, redirect_uris, grant_types, client_name, client_uri, logo_uri, created_at, updated_at, deleted_at, client_type, token_endpoint_auth_method) FROM stdin;
0c110000-0000-4000-8000-000000000001	\N	manual	https://app.example.com/cb	authorization_code	App	\N	\N	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	public	none
\.


COPY auth.sessions (id, user_id, created_at, updated_at, factor_id, aal, not_after, refreshed_at, user_agent, ip, tag, oauth_client_id, refresh_token_hmac_key, refresh_token_counter, scopes) FROM stdin;
5e550000-0000-4000-8000-000000000001	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	aal1	\N	\N	Mozilla/5.0	203.0.113.7	\N	\N	\N	\N	\N
5e550000-0000-4000-8000-000000000002	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a002	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	aal2	\N	2026-03-02 10:15:00.5	node	2001:db8::7	\N	0c110000-0000-4000-8000-000000000001	c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw	7	email openid
\.


COPY auth.mfa_amr_claims (session_id, created_at, updated_at, authentication_method, id) FROM stdin;
5e550000-0000-4000-8000-000000000001	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	password	a3c00000-0000-4000-8000-000000000001
5e550000-0000-4000-8000-000000000002	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	oauth	a3c00000-0000-4000-8000-000000000002
5e550000-0000-4000-8000-000000000002	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	totp	a3c00000-0000-4000-8000-000000000003
\.


COPY auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret, phone, last_challenged_at, web_authn_credential, web_authn_aaguid) FROM stdin;
fac00000-0000-4000-8000-000000000001	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a002	phone app	totp	verified	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	JBSWY3DPEHPK3PXP	\N	2026-03-02 09:15:00.123456+00	\N	\N
\.


COPY auth.mfa_challenges (id, factor_id, created_at, verified_at, ip_address, otp_code, web_authn_session_data) FROM stdin;
c4a00000-0000-4000-8000-000000000001	fac00000-0000-4000-8000-000000000001	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	203.0.113.7		\N
\.


COPY auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at) FROM stdin;
07700000-0000-4000-8000-000000000001	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a003	recovery_token	d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f	alan@example.com	2026-03-02 09:15:00	2026-03-02 09:15:00
07700000-0000-4000-8000-000000000002	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a003	confirmation_token	pkce_d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f	alan@example.com	2026-03-02 09:15:00	2026-03-02 09:15:00
\.


COPY auth.refresh_tokens (instance_id, id, token, user_id, revoked, created_at, updated_at, parent, session_id) FROM stdin;
00000000-0000-0000-0000-000000000000	1203	q1w2e3r4t5y6	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	t	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	\N	5e550000-0000-4000-8000-000000000001
00000000-0000-0000-0000-000000000000	1204	a1s2d3f4g5h6	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001	f	2026-03-02 09:15:00.123456+00	2026-03-02 09:15:00.123456+00	q1w2e3r4t5y6	5e550000-0000-4000-8000-000000000001
00000000-0000-0000-0000-000000000000	7	FromBeforeSessions22ch	7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a003	f	2021-10-01 00:00:00+00	2021-10-01 00:00:00+00	\N	\N
\.


COPY auth.schema_migrations (version) FROM stdin;
20171026211738
00
20210710035447
20240427152123
20250904133000
20260302000000
\.


--
-- Name: refresh_tokens_id_seq; Type: SEQUENCE SET; Schema: auth; Owner: supabase_auth_admin
--

SELECT pg_catalog.setval('auth.refresh_tokens_id_seq', 1204, true);


--
-- PostgreSQL database dump complete
--
