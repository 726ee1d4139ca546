/** A curve for a document, as plain data: it is written beside its picture, so that both say the same. */

export interface Curve {
  readonly title: string;
  readonly x: CurveAxis;
  readonly y: CurveAxis;
  /** The first is drawn first; what matters most comes last, on top. */
  readonly lines: readonly CurveLine[];
  /** Commands whose runs it was drawn from, and when those began. */
  readonly from: readonly { readonly command: string; readonly startedAt: string }[];
}

export interface CurveAxis {
  /** With its unit. */
  readonly label: string;
  readonly scale: 'linear' | 'log';
}

export interface CurveLine {
  readonly label: string;
  readonly look: 'first' | 'second' | 'third';
  readonly points: readonly CurvePoint[];
  /** Each value holds until the next x. */
  readonly isStep?: boolean;
  /** A mark at each point: for few of them. */
  readonly hasMarks?: boolean;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Over several repetitions: drawn as a bar. */
  readonly lowest?: number;
  readonly highest?: number;
}
