/** A billing system of our own as a provider of `billing-connection`: its calls are templates, so retries, limits, TLS, proxy, lost
 *  answers and secrets are taken care of. `import('@wap-billing/node-red-wap-billing').ProviderPlugin` has the types. */
module.exports = RED => {
  /** @type {import('@wap-billing/node-red-wap-billing').ProviderPlugin} */
  const acme = {
    type: 'wap-billing-provider',
    contract: 1,
    name: 'acme',
    label: { 'en-US': 'Acme Billing', 'es-ES': 'Facturación Acme' },
    form: {
      address: 'https://billing.acme.example',
      signIn: 'bearer',
      options: { shop: { preset: 'main', shape: { pattern: '[a-z]+', sample: 'main' } } },
    },
    texts: {
      shop: {
        label: { 'en-US': 'Shop', 'es-ES': 'Tienda' },
        hint: { 'en-US': 'Whose price list counts', 'es-ES': 'De quién es la lista de precios' },
      },
    },
    system: {
      headers: ({ shop }) => ({ 'X-Acme-Shop': shop }),
      templates: {
        create: {
          method: 'POST',
          path: '/offers',
          body: '{ "key": key, "name": name, "kind": kind, "price": price, "description": "Of the shop " & options.shop }',
        },
        read: { method: 'GET', path: '/offers/{key}' },
        publish: { method: 'POST', path: '/offers/{key}/publish' },
        retire: { method: 'POST', path: '/offers/{key}/retire' },
        check: { method: 'GET', path: '/offers', query: { per_page: '1' } },
        answer: '{ "key": key, "remoteId": id, "state": state, "version": version }',
      },
    },
  };
  RED.plugins.registerPlugin('acme-billing', acme);
};
