/** Something that must be put right before a migrate may begin. */
export interface Obstacle {
  code: string;
  message: string;
}
