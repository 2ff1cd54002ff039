// Endpoints: HTTP out. Requests of people and programs come in; answers of the read models go out as JSON, problems as
// RFC 9457. One table of routes builds the router, the OpenAPI document and the reference page. It takes what it needs
// from `EndpointDependencies` and reads no environment.
