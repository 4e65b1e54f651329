// What is wrong with a policy document. The service that keeps the document words its own error.

export class PolicyFault extends Error {}
