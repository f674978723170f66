// Shows /api/docs with Swagger UI. Requests tried out carry the browser's session; nothing leaves this site.
/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: '/api/docs',
  dom_id: '#description',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null,
  withCredentials: true,
});
