// The error that a user causes or that AWS answers with. Everything a service throws on purpose is one of these; each
// service's `*.errors.ts` builds its own on `awsError`, in AWS's codes and words.

export type Fault = 'client' | 'server';

export type ErrorFields = Readonly<Record<string, unknown>>;

export class AwsError extends Error {
  /** AWS's code: the one on the query protocol (`NoSuchEntity`) or the exception's shape name (`NoSuchEntityException`). */
  readonly code: string;
  readonly statusCode: number;
  readonly fault: Fault;
  /** Members of a modelled exception beyond its message, by their model names (S3: extra elements of <Error>). */
  readonly fields: ErrorFields | undefined;
  /** Of the HTTP answer, in lower case, where a service puts some (S3: `x-amz-delete-marker`). */
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(
    code: string,
    message: string,
    statusCode: number,
    fields: ErrorFields | undefined,
    headers?: Readonly<Record<string, string>>,
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.statusCode = statusCode;
    this.fault = statusCode >= 500 ? 'server' : 'client';
    this.fields = fields;
    this.headers = headers;
  }
}

/** 400 also stands for "as the model has it": the query and REST protocols answer with a modelled exception's own status. */
export function awsError(
  code: string,
  message: string,
  statusCode = 400,
  fields?: ErrorFields,
  headers?: Readonly<Record<string, string>>,
): AwsError {
  return new AwsError(code, message, statusCode, fields, headers);
}
