"""Exports small Keras models with Keras' own exporter, with what Keras computes on a few records.

Usage: export_keras.py FOLDER. Keras 3 on its PyTorch backend; model.export(format="onnx"). Writes
NAME.onnx and NAME.json: records (row-major), labels, probabilities,
and each record's gradient of the cross-entropy in all trainable weights, sorted by value, or none
where the exporter folds layers into one another.
"""

import json
import os
import sys
import warnings

os.environ["KERAS_BACKEND"] = "torch"
warnings.filterwarnings("ignore")

import keras
import numpy as np
import torch
from keras import layers

RECORDS = 3
CLASSES = 3


def sequential(*all_layers):
    return keras.Sequential([*all_layers, layers.Dense(CLASSES, activation="softmax")])


def cases():
    random = np.random.RandomState(5)
    floats = lambda *shape: random.randn(RECORDS, *shape).astype("float32")
    yield "mlp", sequential(layers.Input((5,)), layers.Dense(7, activation="relu"),
                            layers.Dropout(0.5), layers.Dense(6, activation="gelu")), floats(5)
    yield "cnn", sequential(
        layers.Input((8, 8, 2)), layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(), layers.Conv2D(3, 3, strides=2, activation="elu"),
        layers.Flatten()), floats(8, 8, 2)
    yield "depthwise", sequential(
        layers.Input((6, 6, 2)), layers.SeparableConv2D(4, 3, activation="relu"),
        layers.AveragePooling2D(2), layers.GlobalAveragePooling2D()), floats(6, 6, 2)
    yield "conv1d", sequential(layers.Input((9, 2)), layers.Conv1D(4, 3, activation="tanh"),
                               layers.GlobalMaxPooling1D()), floats(9, 2)
    yield "batchnorm", sequential(layers.Input((5,)), layers.Dense(6), layers.BatchNormalization(),
                                  layers.Activation("relu")), floats(5)
    yield "conv-batchnorm", sequential(
        layers.Input((6, 6, 1)), layers.Conv2D(3, 3, use_bias=False), layers.BatchNormalization(),
        layers.Activation("relu"), layers.GlobalAveragePooling2D()), floats(6, 6, 1)
    yield "leaky", sequential(layers.Input((5,)), layers.Dense(8), layers.LeakyReLU()), floats(5)
    yield "lstm", sequential(layers.Input((4, 3)), layers.LSTM(4)), floats(4, 3)
    yield "bilstm", sequential(
        layers.Input((4, 3)), layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GlobalAveragePooling1D()), floats(4, 3)
    yield "gru", sequential(layers.Input((4, 3)), layers.GRU(4)), floats(4, 3)
    yield "embedding", sequential(
        layers.Input((6,), dtype="int32"), layers.Embedding(11, 4), layers.Flatten()), \
        random.randint(0, 11, (RECORDS, 6)).astype("int32")
    x = layers.Input((5, 8))
    y = layers.MultiHeadAttention(2, 4)(x, x)
    y = layers.Add()([x, y])  # Keras cannot export LayerNormalization here
    y = layers.Add()([y, layers.Dense(8, activation="silu")(y)])
    y = layers.Dense(CLASSES, activation="softmax")(layers.GlobalAveragePooling1D()(y))
    yield "attention", keras.Model(x, y), floats(5, 8)
    x = layers.Input((4,))
    y = layers.Concatenate()([x, layers.Dense(5, activation="sigmoid")(x)])
    y = layers.Dense(CLASSES, activation="softmax")(layers.Multiply()([y, layers.Dense(9)(y)]))
    yield "functional", keras.Model(x, y), floats(4)
    yield "binary", keras.Sequential([
        layers.Input((5,)), layers.Dense(4, activation="relu"),
        layers.Dense(1, activation="sigmoid")]), floats(5)


def numbers(values):
    """A flat tensor's entries with the nine digits that tell a float32 from its neighbors."""
    return [float(f"{value:.9g}") for value in values.tolist()]


def export(folder):
    for name, model, x in cases():
        random = np.random.RandomState(3)
        for variable in model.variables:
            low, high = (0.5, 2) if "variance" in variable.path else (-0.6, 0.6)
            if "seed" not in variable.path:
                variable.assign(random.uniform(low, high, variable.shape))
        model.trainable = True
        outputs = 1 if name == "binary" else CLASSES
        labels = [i % max(2, outputs) for i in range(RECORDS)]
        gradients = []
        for i in range(RECORDS):
            model.zero_grad()
            p = model(torch.as_tensor(x[i:i + 1]), training=False)[0]
            p = p[labels[i]] if outputs > 1 else (p[0] if labels[i] else 1 - p[0])
            (-p.log()).backward()
            flat = torch.cat([v.value.grad.reshape(-1) for v in model.trainable_variables])
            gradients.append(sorted(numbers(flat)))
        p = model(torch.as_tensor(x), training=False).detach()
        facts = {
            "records": [numbers(record) for record in x.reshape(RECORDS, -1)],
            "labels": labels,
            "probabilities": [numbers(row) for row in p],
        }
        if "batchnorm" not in name:
            facts["gradients"] = gradients
        with open(f"{folder}/{name}.json", "w", encoding="utf-8") as out:
            json.dump(facts, out)
        model.export(f"{folder}/{name}.onnx", format="onnx", verbose=False)


export(sys.argv[1])
