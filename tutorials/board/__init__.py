"""The teacher's board: where each learner of a class is, raised hands, and lines to the learners."""
