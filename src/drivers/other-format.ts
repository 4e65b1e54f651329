// What is on disk was written by a release that keeps it otherwise, and would be misread: a start says so and ends.

export class OtherFormat extends Error {
  constructor(path: string) {
    super(`${path} is in a format of another release. Move it away to start without what it has.`);
  }
}
