// oidc-provider on loopback, approving every request for "alice". Prints its issuer as JSON when it listens.
//
// Environment: RESOURCE, the resource that tokens are for; PORT, or any free one; ALG, of the access tokens, or "opaque", which
// the client "server" may ask about and revoke.
// POST /control/rotate makes new keys (the old ones go), GET /control/fetches tells how often the keys were fetched.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const SCOPES = 'notes:read notes:write';
const { RESOURCE, ALG = 'RS256', PORT = '0' } = process.env;
// In place of five seconds, after which a busy machine's next request meets a connection that is being closed.
const server = createServer({ keepAliveTimeout: 600_000 });
await new Promise((listening) => server.listen(Number(PORT), '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
let generation = 0;
let fetches = 0;

async function key(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, kid: `${alg}-${process.pid}-${generation}`, use: 'sig' };
}

async function provider() {
  generation += 1;
  const on = { enabled: true };
  const made = new Provider(issuer, {
    jwks: { keys: [await key('RS256'), await key('ES256')] },
    scopes: ['openid', 'offline_access', ...SCOPES.split(' ')],
    cookies: { keys: ['for tests only'] },
    pkce: { required: () => true },
    clients: [{ client_id: 'server', client_secret: 'its secret', grant_types: [], response_types: [], redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic' }],
    clientDefaults: { token_endpoint_auth_method: 'none' },
    ttl: { AccessToken: 3600, AuthorizationCode: 3600, Grant: 3600, Interaction: 3600, Session: 3600, IdToken: 3600 },
    features: {
      devInteractions: { enabled: false },
      registration: on,
      introspection: on,
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: SCOPES, audience: resource,
          ...(ALG === 'opaque' ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: ALG } } }),
        }),
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, interaction) => `/approve/${interaction.uid}` },
  });
  return { made, callback: made.callback() };
}

async function approve({ made }, request, response) {
  const details = await made.interactionDetails(request, response);
  if (details.prompt.name === 'login') {
    return made.interactionFinished(request, response, { login: { accountId: 'alice' } });
  }
  const grant = details.grantId
    ? await made.Grant.find(details.grantId)
    : new made.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  // Scopes of the resource must be granted twice, or the provider asks for consent again and again.
  grant.addOIDCScope(`openid offline_access ${SCOPES}`);
  grant.addResourceScope(details.params.resource ?? RESOURCE, SCOPES);
  return made.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

let current = await provider();
server.on('request', async (request, response) => {
  if (request.url === '/control/rotate') {
    current = await provider();
    return response.end('{}');
  }
  if (request.url === '/control/fetches') return response.end(JSON.stringify({ fetches }));
  if (request.url === '/jwks') fetches += 1;
  if (request.url.startsWith('/approve/')) return approve(current, request, response);
  return current.callback(request, response);
});
console.log(JSON.stringify({ issuer }));
