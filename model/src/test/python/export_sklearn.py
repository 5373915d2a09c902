"""Writes ONNX files for scikit-learn models, node for node as skl2onnx's converters write them.

skl2onnx itself was not at hand: the graphs follow its source (main branch as stored, operator_converters), the
numbers are those of fitted scikit-learn models. Usage: export_sklearn.py FOLDER. Writes NAME.onnx
and NAME.json: records (row-major), labels, and what scikit-learn itself predicts for them.
"""

import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

RECORDS = 5
ML = "ai.onnx.ml"
random = np.random.RandomState(7)


class Graph:
    def __init__(self, width=4, element=TensorProto.FLOAT, name="X"):
        self.nodes, self.tensors = [], []
        self.inputs = [helper.make_tensor_value_info(name, element, [None, width])]
        self.outputs = []

    def node(self, operator, inputs, outputs, **attributes):
        names = outputs if isinstance(outputs, list) else [outputs]
        count = sum(node.op_type == operator for node in self.nodes)
        name = operator + (str(count) if count else "")
        self.nodes.append(helper.make_node(
            operator, inputs if isinstance(inputs, list) else [inputs], names, name=name, **attributes))
        return names[-1]

    def tensor(self, name, values, element=TensorProto.FLOAT, shape=None):
        values = np.asarray(values)
        self.tensors.append(helper.make_tensor(
            name, element, values.shape if shape is None else shape, values.ravel().tolist()))
        return name

    def output(self, name, element=TensorProto.FLOAT, shape=(None, 1)):
        self.outputs.append(helper.make_tensor_value_info(name, element, list(shape)))

    def maps(self, name):
        """A list of maps from class to probability."""
        value = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
        maps = helper.make_map_type_proto(TensorProto.INT64, value)
        self.outputs.append(
            helper.make_value_info(name, helper.make_sequence_type_proto(maps)))

    def save(self, path, opset):
        graph = helper.make_graph(self.nodes, "ONNX", self.inputs, self.outputs, self.tensors)
        sets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, 1)]
        model = helper.make_model(graph, opset_imports=sets, ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def scaler(graph, x, name, op):
    if isinstance(op, MinMaxScaler):
        offset, scale = -op.min_ / (op.scale_ + 1e-8), op.scale_
    else:
        offset, scale = op.mean_, 1.0 / op.scale_
    return graph.node("Scaler", x, name, domain=ML, offset=offset.tolist(), scale=scale.tolist())


def linear_classifier(graph, x, op, outputs, transform):
    coefficients, intercepts = op.coef_.flatten().tolist(), op.intercept_.tolist()
    if len(op.classes_) == 2:
        coefficients = [-c for c in coefficients] + coefficients
        intercepts = [-c for c in intercepts] + intercepts
    return graph.node(
        "LinearClassifier", x, outputs, domain=ML, coefficients=coefficients, intercepts=intercepts,
        multi_class=1 if transform == "SOFTMAX" else 0, post_transform=transform,
        classlabels_ints=[int(c) for c in op.classes_])


def zipmap(graph, label, probabilities, classes):
    graph.node("Cast", label, "output_label", to=TensorProto.INT64)
    graph.node("ZipMap", probabilities, "output_probability", domain=ML,
               classlabels_int64s=[int(c) for c in classes])
    graph.output("output_label", TensorProto.INT64, [None])
    graph.maps("output_probability")


def plain(graph, classes):
    graph.output("label", TensorProto.INT64, [None])
    graph.output("probabilities", TensorProto.FLOAT, [None, classes])


def label_of(graph, probabilities, classes):
    """The class of the largest probability, as the converters of networks find it."""
    graph.tensor("classes", classes, TensorProto.INT32)
    graph.node("ArgMax", probabilities, "argmax_output", axis=1)
    graph.node("ArrayFeatureExtractor", ["classes", "argmax_output"],
               "array_feature_extractor_result", domain=ML)
    graph.tensor("shape_tensor", [-1], TensorProto.INT64)
    graph.node("Reshape", ["array_feature_extractor_result", "shape_tensor"], "reshaped_result")
    return graph.node("Cast", "reshaped_result", "label", to=TensorProto.INT64)


def perceptron(graph, x, op):
    kinds = {"identity": "Identity", "tanh": "Tanh", "logistic": "Sigmoid", "relu": "Relu",
             "softmax": "Softmax"}
    value = graph.node("Cast", x, "cast_input", to=TensorProto.FLOAT)
    for i, (coef, intercept) in enumerate(zip(op.coefs_, op.intercepts_)):
        number = str(i) if i else ""
        graph.tensor("coefficient" + number, coef)
        graph.tensor("intercepts" + number, intercept, shape=[1, len(intercept)])
        value = graph.node("MatMul", [value, "coefficient" + number], "mul_result" + number)
        value = graph.node("Add", [value, "intercepts" + number], "add_result" + number)
        last = i == len(op.coefs_) - 1
        kind = kinds[op.out_activation_ if last else op.activation]
        result = "out_activations_result" if last else "next_activations" + number
        # The converter writes an Identity, and removes it from the finished graph.
        value = value if kind == "Identity" else graph.node(kind, value, result)
    return value


def data(classes, width=4, rows=120):
    x = random.randn(rows, width).astype(np.float32)
    score = x @ random.randn(width, classes) + 0.5 * random.randn(rows, classes)
    return x, score.argmax(axis=1)


def cases():
    # Logistic regression of two classes behind a scaler: [1 - p, p] and maps of them.
    x, y = data(2)
    op = make_pipeline(StandardScaler(), LogisticRegression()).fit(x * 3 + 1, y)
    graph = Graph()
    value = scaler(graph, "X", "variable", op[0])
    probabilities = linear_classifier(graph, value, op[1], ["label", "probabilities"], "LOGISTIC")
    zipmap(graph, "label", probabilities, op.classes_)
    yield "logistic", graph, 13, x * 3 + 1, y, op.predict_proba

    # The same as versions of the converter before 1.18 write it, without maps.
    graph = Graph()
    value = scaler(graph, "X", "variable", op[0])
    value = linear_classifier(graph, value, op[1], ["label", "probability_tensor"], "LOGISTIC")
    graph.node("Normalizer", value, "probabilities", domain=ML, norm="L1")
    plain(graph, 2)
    yield "logistic-normalized", graph, 9, x * 3 + 1, y, op.predict_proba

    # Softmax regression of three classes, missing values filled in.
    x, y = data(3)
    holes = x.copy()
    holes[random.rand(*x.shape) < 0.1] = np.nan
    op = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(holes, y)
    graph = Graph()
    graph.node("Imputer", "X", "variable", domain=ML,
               imputed_value_floats=op[0].statistics_.tolist(), replaced_value_float=np.nan)
    value = scaler(graph, "variable", "variable1", op[1])
    value = linear_classifier(graph, value, op[2], ["label", "probability_tensor"], "SOFTMAX")
    graph.node("Normalizer", value, "probabilities", domain=ML, norm="L1")
    zipmap(graph, "label", "probabilities", op.classes_)
    yield "softmax", graph, 21, holes, y, op.predict_proba

    # One against the rest: sigmoids divided by their sum.
    rest = OneVsRestClassifier(LogisticRegression()).fit(x, y)
    stacked = LogisticRegression()
    stacked.coef_ = np.vstack([one.coef_ for one in rest.estimators_])
    stacked.intercept_ = np.concatenate([one.intercept_ for one in rest.estimators_])
    stacked.classes_ = rest.classes_
    graph = Graph()
    value = linear_classifier(graph, "X", stacked, ["label", "probability_tensor"], "LOGISTIC")
    graph.node("Normalizer", value, "probabilities", domain=ML, norm="L1")
    plain(graph, 3)
    yield "one-vs-rest", graph, 15, x, y, rest.predict_proba

    # Stochastic gradient descent with the logistic loss: sigmoids written out, both cases.
    for classes in 2, 3:
        x, y = data(classes)
        op = SGDClassifier(loss="log_loss", random_state=1).fit(x, y)
        graph = Graph()
        graph.tensor("coef", op.coef_.T)
        graph.tensor("intercept", op.intercept_)
        graph.tensor("negate", -1.0, shape=[])
        graph.tensor("unity", 1.0, shape=[])
        graph.node("MatMul", ["X", "coef"], "matmul_result")
        graph.node("Add", ["matmul_result", "intercept"], "score")
        graph.node("Mul", ["score", "negate"], "negated_scores")
        graph.node("Exp", "negated_scores", "exp_result")
        graph.node("Add", ["exp_result", "unity"], "add_result")
        graph.node("Reciprocal", "add_result", "proba")
        if classes == 2:
            graph.node("Sub", ["unity", "proba"], "sub_result")
            graph.node("Concat", ["sub_result", "proba"], "probabilities", axis=1)
        else:
            graph.tensor("axis", [1], TensorProto.INT64)
            graph.node("ReduceSum", ["proba", "axis"], "reduced_proba")
            graph.node("Div", ["proba", "reduced_proba"], "probabilities")
        label_of(graph, "probabilities", op.classes_)
        plain(graph, classes)
        yield f"sgd-{classes}", graph, 14, x, y, op.predict_proba

    # A support vector machine of two classes: scores, no probabilities.
    x, y = data(2)
    op = LinearSVC().fit(x, y)
    graph = Graph()
    linear_classifier(graph, "X", op, ["label", "raw_scores_tensor"], "NONE")
    graph.tensor("positive_class_index", 1, TensorProto.INT64, shape=[])
    graph.node("ArrayFeatureExtractor", ["raw_scores_tensor", "positive_class_index"],
               "probabilities", domain=ML)
    plain(graph, 1)
    yield "svc", graph, 13, x, y, lambda rows: op.decision_function(rows).reshape(-1, 1)

    # Logistic regression with raw scores: [-z, z].
    op2 = LogisticRegression().fit(x, y)
    graph = Graph()
    linear_classifier(graph, "X", op2, ["label", "probabilities"], "NONE")
    plain(graph, 2)

    def both(rows):
        z = op2.decision_function(rows)
        return np.stack([-z, z], axis=1)
    yield "raw-scores", graph, 13, x, y, both

    # Perceptrons.
    for classes in 2, 3:
        x, y = data(classes)
        op = MLPClassifier((6, 5), activation="tanh" if classes == 2 else "relu", max_iter=80,
                           random_state=1).fit(x, y)
        graph = Graph()
        value = perceptron(graph, "X", op)
        if classes == 2:
            graph.tensor("unity", 1.0, shape=[])
            graph.node("Sub", ["unity", value], "negative_class_proba")
            graph.node("Concat", ["negative_class_proba", value], "probabilities", axis=1)
        else:
            graph.nodes[-1].output[0] = "probabilities"
        label = label_of(graph, "probabilities", op.classes_)
        zipmap(graph, label, "probabilities", op.classes_)
        yield f"perceptron-{classes}", graph, 14, x, y, op.predict_proba

    x, _ = data(2)
    number = (x @ random.randn(4) + 2).astype(np.float32)
    op = MLPRegressor(hidden_layer_sizes=(6,), activation="logistic", max_iter=200, random_state=1).fit(x, number)
    graph = Graph()
    value = perceptron(graph, "X", op)
    graph.tensor("shape_tensor", [-1, 1], TensorProto.INT64)
    graph.node("Reshape", [value, "shape_tensor"], "variable")
    graph.output("variable")
    yield "perceptron-number", graph, 14, x, number, lambda rows: op.predict(rows).reshape(-1, 1)

    # Linear regression behind a scaler to [0, 1].
    op3 = make_pipeline(MinMaxScaler(), LinearRegression()).fit(x, number)
    graph = Graph()
    value = scaler(graph, "X", "scaled", op3[0])
    graph.node("LinearRegressor", value, "variable", domain=ML,
               coefficients=op3[1].coef_.tolist(), intercepts=[float(op3[1].intercept_)])
    graph.output("variable")
    yield "regression", graph, 21, x, number, lambda rows: op3.predict(rows).reshape(-1, 1)

    # Rows of length 1.
    x, y = data(3)
    op4 = make_pipeline(Normalizer(), LogisticRegression()).fit(x, y)
    graph = Graph()
    value = graph.node("Normalizer", "X", "variable", domain=ML, norm="L2")
    value = linear_classifier(graph, value, op4[1], ["label", "probability_tensor"], "SOFTMAX")
    graph.node("Normalizer", value, "probabilities", domain=ML, norm="L1")
    plain(graph, 3)
    yield "normalizer", graph, 13, x, y, op4.predict_proba

    # Two kinds of columns, each an input of its own: categories and numbers.
    x, y = data(2, width=3)
    categories = random.randint(0, 4, (len(x), 2))
    y = (y + (categories[:, 0] == 2)) % 2
    table = np.hstack([x, categories]).astype(np.float64)
    op5 = make_pipeline(
        ColumnTransformer([("numbers", StandardScaler(), [0, 1, 2]),
                           ("categories", OneHotEncoder(handle_unknown="ignore"), [3, 4])],
                          sparse_threshold=0),
        LogisticRegression()).fit(table, y)
    graph = Graph(3, name="numbers")
    graph.inputs.append(helper.make_tensor_value_info("categories", TensorProto.INT64, [None, 2]))
    value = scaler(graph, "numbers", "variable", op5[0].named_transformers_["numbers"])
    hot = []
    encoder = op5[0].named_transformers_["categories"]
    for i, known in enumerate(encoder.categories_):
        graph.tensor(f"index{i}", [i], TensorProto.INT64)
        graph.node("Gather", ["categories", f"index{i}"], f"column{i}", axis=1)
        graph.node("Cast", f"column{i}", f"columncast{i}", to=TensorProto.INT64)
        hot.append(graph.node("OneHotEncoder", f"columncast{i}", f"columnout{i}", domain=ML, zeros=1,
                              cats_int64s=[int(c) for c in known]))
    graph.node("Concat", hot, "concat_result", axis=-1)
    graph.tensor("shape_tensor", [-1, sum(len(c) for c in encoder.categories_)], TensorProto.INT64)
    graph.node("Reshape", ["concat_result", "shape_tensor"], "transformed_column")
    graph.node("Concat", [value, "transformed_column"], "transformed_columns", axis=1)
    probabilities = linear_classifier(graph, "transformed_columns", op5[1],
                                      ["label", "probabilities"], "LOGISTIC")
    zipmap(graph, "label", probabilities, op5.classes_)
    yield "columns", graph, 13, table, y, op5.predict_proba


def export(folder):
    for name, graph, opset, x, y, predict in cases():
        graph.save(f"{folder}/{name}.onnx", opset)
        records = x[:RECORDS]
        facts = {
            "records": [[None if np.isnan(v) else float(v) for v in row] for row in records],
            "labels": [float(v) for v in y[:RECORDS]],
            "predictions": [[float(v) for v in row] for row in predict(records)],
        }
        with open(f"{folder}/{name}.json", "w", encoding="utf-8") as out:
            json.dump(facts, out)


export(sys.argv[1])
